"""What people command, act by act."""
