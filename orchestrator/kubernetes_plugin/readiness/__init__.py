"""Whether an object works, as a function of what the server shows: one judge for each kind."""
