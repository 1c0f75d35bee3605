"""Mirror the hubs."""
