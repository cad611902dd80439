"""Restoration studies: pictures corrupted on purpose, and what each method makes of them."""
