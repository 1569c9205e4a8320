"""Traits: what a customer's interactions come to, as the rules declare it."""
