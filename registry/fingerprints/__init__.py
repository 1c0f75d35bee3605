"""Pure core: naming and comparing bytes."""
