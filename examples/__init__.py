"""Converters of public data sets into interactions, and sending them through Rapport: see README.md."""
