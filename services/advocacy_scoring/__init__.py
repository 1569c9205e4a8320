"""How much a customer speaks for the brand, and why."""
