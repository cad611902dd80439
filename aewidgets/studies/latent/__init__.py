"""Latent-space studies: maps, paths, samples, projections."""
