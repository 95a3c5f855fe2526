"""Benchmarks: the same work for everyone, interleaved, on one thread; tables as CSV, Markdown and on the terminal."""
