"""Studies: pure functions from models, codecs and images to frozen results. No drawing, no widgets."""
