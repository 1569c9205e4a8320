"""The decider under real conditions: many producers, commands among the evidence, and workers that are killed."""
