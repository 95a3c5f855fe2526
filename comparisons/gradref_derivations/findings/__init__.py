"""What runs of a derivation show, and the report that says it."""
