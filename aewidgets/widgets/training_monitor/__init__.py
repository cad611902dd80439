"""TrainingMonitor, a widget that shows a training run and controls it."""
