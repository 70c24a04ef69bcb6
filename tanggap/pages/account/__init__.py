"""Log-in, second factor, one's own account."""
