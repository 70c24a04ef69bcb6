"""The worker: the due loop, its ticks and its sign of life."""
