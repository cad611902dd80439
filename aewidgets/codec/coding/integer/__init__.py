"""Integer networks that predict every symbol, equal on every machine; the synthesis, in floats. NumPy only."""
