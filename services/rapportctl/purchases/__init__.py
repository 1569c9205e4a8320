"""What all buyers bought: read from the profile, added up, and fitted with models of buyers."""
