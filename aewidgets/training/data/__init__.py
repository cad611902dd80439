"""Training, validation and test pictures, kept apart."""
