"""Where runs are kept, and the locks and half-filled folders there. Knows no notebooks and reads no run."""
