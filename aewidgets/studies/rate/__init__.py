"""Rate-distortion studies: operating points, curves, BD-rates."""
