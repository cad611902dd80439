"""LatentExplorer, a widget that shows a map of codes and decodes the place under the pointer."""
