"""Pages of the street: today's jobs and one job in three steps, with one thumb, in sunlight, without script."""
