"""Probabilistic matching: how likely it is that two accounts are one person, by what is known of them."""
