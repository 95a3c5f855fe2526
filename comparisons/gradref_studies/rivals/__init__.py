"""The checks people use today, all in the same form."""
