"""ImageCompare, a widget that compares given pictures, with no codec between them."""
