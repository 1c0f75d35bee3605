"""One reader per recipe dialect."""
