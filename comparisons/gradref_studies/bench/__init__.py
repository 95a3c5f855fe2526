"""The prices of gradref's own checks, beside those of others."""
