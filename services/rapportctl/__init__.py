"""The command line: publish, look up, simulate, inspect."""
