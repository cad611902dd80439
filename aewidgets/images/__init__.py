"""Pictures in and out: reading, arrays, metrics, named sets. NumPy and Pillow; no Keras."""
