"""Talk to hubs over HTTP; know nothing of tables."""
