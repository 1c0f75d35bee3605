"""Composition root: the only place that knows every app by name. Imports nothing."""
