"""Requirements that a run must meet: thresholds, and figures no worse than those of an earlier run. Runs nothing."""
