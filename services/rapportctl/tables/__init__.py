"""Tables of people as CSV files: reading them, what their columns mean, and interactions of their rows."""
