"""The edits that are tried, kind by kind."""
