"""A believable city to look at: people to log in as, words, pictures, and a week played through the real doors."""
