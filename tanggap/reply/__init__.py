"""Every word that goes to a citizen or an officer: rows with a delivery state, texts in letters/."""
