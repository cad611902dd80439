"""Fitting models: data apart, recipes, checkpoints, and what is watched meanwhile."""
