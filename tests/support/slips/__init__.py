"""Right sheets in neutral form, single slips of them in several notations, and an oracle in numbers that uses nothing of the program."""
