"""Benchmarks: ratios against a bare baseline in the same run, on a real Kafka and a real store. No tests, no limits."""
