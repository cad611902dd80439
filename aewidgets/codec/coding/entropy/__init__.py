"""Integers to bytes and back: probability tables, ANS, symbols. NumPy only."""
