"""Pages of those who judge: the review of work done, transfers, appeals and what an arbiter decides."""
