"""Training for smaller weights: Keras callbacks for rounded and for pruned kernels, and tuning of a trained model."""
