"""Export of persons from a running deployment."""
