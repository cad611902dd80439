"""Whole files, locks, signals, work spread over processes, and Keras imported quietly. Knows nothing of images."""
