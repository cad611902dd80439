"""Keras models, one file a family."""
