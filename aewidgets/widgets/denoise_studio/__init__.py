"""DenoiseStudio: two restoration methods on one picture."""
