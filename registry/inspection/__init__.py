"""What all that a file says of itself amounts to, and who may see which part of it."""
