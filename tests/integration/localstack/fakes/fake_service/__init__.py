"""A service without a business, for tests of what runs services."""
