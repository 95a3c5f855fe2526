"""What the checks detect, whether they alarm on honest code, and whether frameworks drift."""
