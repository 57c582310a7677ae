"""What recovery rests on: which points there are, what was proven of them, and when."""
