"""Look at files, text and images; keep evidence."""
