"""HTML pages that need no network, and the files in template/ of which they are made. Runs nothing, lists no runs."""
