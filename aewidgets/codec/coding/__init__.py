"""Integers to bytes and back: probability tables, entropy coder, integer networks, container. NumPy only, no Keras."""
