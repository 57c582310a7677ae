"""What several stand-ins need in the same way."""
