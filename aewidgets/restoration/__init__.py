"""Denoising, restoration and corruption of images, by networks and by classical methods."""
