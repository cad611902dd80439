"""Reads and lists the runs of a store: single runs, the index, and its page. Runs no notebook."""
