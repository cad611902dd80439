"""Lossless coding of samples of more than 8 bits: interpolation from coarse to fine, and an entropy coder."""
