"""`make run` and `make demo`: a simulated town through the running stack, and what a person wants to see of it."""
