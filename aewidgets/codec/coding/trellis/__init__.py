"""Trellis-coded quantisation: quantisers, levels, and the best path through them. NumPy only."""
