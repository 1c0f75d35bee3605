"""The whole catalogue's rights at once: a bit layout and one pass in topological order (H10)."""
