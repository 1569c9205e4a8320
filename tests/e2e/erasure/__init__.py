"""Erasure on the real stack, down to what the broker keeps."""
