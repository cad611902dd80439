"""Decoders as plain layers and weights, which a page runs without Keras."""
