"""What a customer did: one record and one history, over all accounts."""
