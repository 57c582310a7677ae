"""A whole cloud on one machine."""
