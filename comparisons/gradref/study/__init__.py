"""Studies: the checks themselves, measured on mistakes that are known and on work that is right."""
