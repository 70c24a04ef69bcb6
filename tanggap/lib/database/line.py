"""A connection that tells when its line was cut: when one question has waited five seconds for nothing, no other one
waits within the next second, on another connection through the same cable."""

import time
from collections.abc import Generator
from typing import Any

import psycopg

PAUSE_SECONDS = 1.0
CUT_SECONDS = 4.0  # what breaks sooner was closed by the other side, and a new connection may be had at once

away_until = 0.0


def is_away() -> bool:
    """Of the process: every thread's connection comes out of one pool."""
    return time.monotonic() < away_until


def mark_away() -> None:
    global away_until
    away_until = time.monotonic() + PAUSE_SECONDS


class Line(psycopg.Connection[Any]):
    def wait(self, gen: Generator[Any, Any, Any], *limits: Any, **named: Any) -> Any:
        began = time.monotonic()
        try:
            return super().wait(gen, *limits, **named)
        except psycopg.OperationalError:
            if self.closed and time.monotonic() - began > CUT_SECONDS:
                mark_away()
            raise
