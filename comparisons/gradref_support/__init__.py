"""Plumbing that several rooms need: files written whole, strict JSON, a progress bar. The standard library, psutil and rich; no NumPy."""
