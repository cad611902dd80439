"""ModelInspector, a widget that shows what a target of an autoencoder depends on, and what the maps of it are worth."""
