"""Pictures to .aew files and back: alpha, colour profile, metadata, lossless coding; the search for a size or PSNR."""
