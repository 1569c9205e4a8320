"""Deeds that look bought or arranged, found by comparing accounts: suspicions with evidence, not verdicts."""
