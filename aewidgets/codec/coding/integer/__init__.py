"""Networks computed in integers, with the same result on every machine. NumPy only."""
