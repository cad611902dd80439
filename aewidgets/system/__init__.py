"""System services: files written whole, locks, signals, work in other processes, a quiet Keras. Knows no images."""
