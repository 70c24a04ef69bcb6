"""Street scenes drawn by a small renderer: a ground in perspective, things standing on it, light, grain."""
