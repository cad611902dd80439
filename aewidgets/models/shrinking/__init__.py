"""Smaller weights for a trained Keras model: kernels rounded to few bits, or pruned. No training, no other runtimes."""
