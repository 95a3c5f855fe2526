"""NumPy, as the reference computes with it."""
