"""The commands of rapportctl, one subject to a file."""
