"""Runs a notebook at many points, each in a process of its own: see `sweep.run_sweep`. Draws no page of a run."""
