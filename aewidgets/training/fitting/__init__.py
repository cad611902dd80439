"""Parts of a training run: recipe, record, batches, callbacks, the run's folder. No networks, no data sets."""
