"""JAX. Importing this package imports nothing: `contract` knows how JAX rounds without it."""
