"""The pages for makers of apps and neighbouring systems: what of theirs was taken, what was refused, what waits."""
