"""Who is competent, and who may hand to whom."""
