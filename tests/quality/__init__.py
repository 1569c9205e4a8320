"""How well the engine links, beside other linkers on the same files in the same run. No tests, no limits."""
