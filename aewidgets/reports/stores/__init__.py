"""Stores, in which runs are kept: local folders and object stores, with locks and pending folders. Reads no run."""
