"""Images: reading and writing, arrays, metrics, named sets, display. NumPy and Pillow; no Keras."""
