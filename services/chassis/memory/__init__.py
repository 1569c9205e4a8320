"""Adapters in memory: for tests, and held to the same contract suites as the real ones."""
