"""What each product demands, as data."""
