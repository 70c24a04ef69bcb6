"""Pages of the officers at a desk: inbox, case, deeds, search, keys, triage, the look at personal data."""
