"""What a training run is made of: recipe, record, batches, callbacks, checkpoints. `aewidgets.training.autoencoders` runs it."""
