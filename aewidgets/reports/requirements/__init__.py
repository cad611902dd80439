"""What a run must meet: thresholds, and no worse than an earlier run. Runs nothing."""
