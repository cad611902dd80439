"""What a .aew file holds beside latents: colour profile, alpha, metadata, lossless data; and searches for a size."""
