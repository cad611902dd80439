"""Denoising and restoring pictures, by networks or by classical methods."""
