"""What backups are: the engines that make them, the points that name them, the proofs of them."""
