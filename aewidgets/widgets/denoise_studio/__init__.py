"""DenoiseStudio, a widget that compares two ways of restoring one picture."""
