"""Batches from Kafka and back, on Faust."""
