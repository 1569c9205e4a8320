"""Kafka as tools use it, through kafka-python: topics, lag, sending and reading."""
