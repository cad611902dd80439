"""HTML pages that need no network, and the template/ that they are made of. Runs nothing, lists no runs."""
