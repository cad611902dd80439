"""CompressionStudio: two codecs on one picture."""
