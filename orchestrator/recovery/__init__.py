"""What was there at a moment, and what makes it so again: decided from facts, touching nothing."""
