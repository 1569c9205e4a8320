"""What is done with a batch: handlers, and the doors they need."""
