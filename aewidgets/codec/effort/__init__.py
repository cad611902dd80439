"""Encoding beyond one forward pass: refined latents, symbols chosen by rate and distortion."""
