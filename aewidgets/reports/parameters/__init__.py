"""Parameters of a notebook: their cell, their types, their ranges and choices. Runs nothing, reads no files."""
