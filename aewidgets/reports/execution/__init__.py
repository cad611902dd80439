"""One headless run of a notebook, from its file to a published run. `runner.run_report` does it all."""
