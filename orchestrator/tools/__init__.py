"""The outside world, one file a product."""
