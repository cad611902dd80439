"""Training of autoencoders, codecs and restorers: data sets in parts, resumable runs, and reports while they train."""
