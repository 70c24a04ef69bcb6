"""Safety copies of database and files: made, sealed, kept, proven to come back."""
