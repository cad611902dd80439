"""Runs a notebook headless, from its file to a published run: see `runner.run_report`. Draws no page."""
