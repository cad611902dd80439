"""Integers to bytes and back: probability tables, ANS coder, symbols of substreams. NumPy and constriction only."""
