"""Benchmarks: every figure that README quotes comes from a module here. Not part of the installed package."""
