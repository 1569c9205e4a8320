"""Bad input and faults on a running deployment."""
