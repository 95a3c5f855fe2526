"""PyTorch. Importing this package imports nothing: `contract` knows how PyTorch rounds without it."""
