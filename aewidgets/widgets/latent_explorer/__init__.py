"""LatentExplorer: a map of codes, decoded where one points."""
