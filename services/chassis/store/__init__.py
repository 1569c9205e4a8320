"""Documents in bulk, with compare-and-set."""
