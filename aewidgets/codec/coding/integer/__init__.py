"""Integer networks that predict every symbol, equal on every machine; analysis and synthesis, in floats. NumPy only."""
