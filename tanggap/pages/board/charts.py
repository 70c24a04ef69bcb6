"""The geometry of charts: numbers become attributes of SVG. A page's policy lets no style through.

Each figure has a table of the same numbers beside or under it; here are only pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDE, HIGH = 480, 110


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Bars:
    """Upright bars, a stepped line of what is usual, and the number at the top of the scale."""

    bars: list[Bar]
    usual: str
    top: int
    width: int = WIDE
    height: int = HIGH


def upright(
    values: Sequence[int], usual: Sequence[float] = (), width: int = WIDE, height: int = HIGH
) -> Bars:
    top = nice(max([*values, *usual, 1]))
    step = width / max(1, len(values))
    scale = height / top
    bars = [
        Bar(round(place * step + step * 0.1, 1), round(height - value * scale, 1), round(step * 0.8, 1),
            round(value * scale, 1))
        for place, value in enumerate(values) if value
    ]  # fmt: skip
    return Bars(bars, stepped(usual, step, scale, height), top, width, height)


def stepped(usual: Sequence[float], step: float, scale: float, height: int) -> str:
    """A line that is level over each bar."""
    parts = []
    for place, value in enumerate(usual):
        y = round(height - value * scale, 1)
        parts.append(f"{'L' if parts else 'M'}{round(place * step, 1)} {y}H{round((place + 1) * step, 1)}")
    return "".join(parts)


def nice(value: float) -> int:
    """The next round number: 1, 2 or 5 times a power of ten."""
    power = 1
    while True:
        for times in (1, 2, 5):
            if times * power >= value:
                return times * power
        power *= 10


@dataclass(frozen=True)
class Share:
    """One part of a lying bar, in percent of it."""

    name: str
    look: str
    count: int
    x: float
    width: float
    percent: int


def lying(parts: Sequence[tuple[str, str, int]], whole: int, width: int = WIDE) -> list[Share]:
    """A bar of (name, look, count) on a ground as wide as `whole`. Empty where there is nothing to share."""
    found, x = [], 0.0
    for name, look, count in parts:
        wide = width * count / whole if whole else 0.0
        percent = round(100 * count / whole) if whole else 0
        found.append(Share(name, look, count, round(x, 1), round(wide, 1), percent))
        x += wide
    return found if any(part.count for part in found) else []


def heat(count: int) -> int:
    """The class of an area on the map, 0 to 4: 0-2, 3-6, 7-14, 15-29, 30 and more."""
    return sum(count >= edge for edge in (3, 7, 15, 30))
