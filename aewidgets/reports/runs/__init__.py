"""The runs of a store, read and listed: what is known of each, the index, its page. Runs no notebook."""
