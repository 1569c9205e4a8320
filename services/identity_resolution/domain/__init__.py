"""What is decided, and by which rules: pure functions and values."""
