"""Trellis-coded quantisation: lanes, levels, cheapest paths, quantisers; the coding tables of a codec. NumPy only."""
