"""Commands that run Keifu itself."""
