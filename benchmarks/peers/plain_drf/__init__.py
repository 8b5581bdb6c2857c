"""What a team writes in an afternoon: a table of digests and an authentication class."""
