"""Submissions -> Report and Case with a number, stored before anyone is told "received"."""

from .receive import receive

__all__ = ["receive"]
