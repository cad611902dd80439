"""Portable decoders: plain layers and weights, which a page runs without Keras."""
