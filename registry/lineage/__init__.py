"""Pure core: what a model was made from."""
