"""One notebook at many points, each a run in a process of its own. `runner.run_sweep` does it all."""
