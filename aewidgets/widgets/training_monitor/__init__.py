"""TrainingMonitor: a run while it trains, and afterwards."""
