"""CompressionStudio, a widget that compares two codecs on one picture."""
