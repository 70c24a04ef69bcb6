"""Real counterparts for SMS: Debian's Kannel with its fakesmsc, and an exchange on the npm package smpp."""
