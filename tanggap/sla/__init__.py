"""Promises and their clocks. Elapsed time follows the citizen and is never reset by a hand-over."""
