"""What lines a street: towers far away, houses, garden walls."""

import numpy as np

from .view import Colour, Sheet, pick

WALLS: tuple[Colour, ...] = (
    (0.90, 0.86, 0.76), (0.80, 0.84, 0.80), (0.87, 0.74, 0.60), (0.72, 0.80, 0.86), (0.93, 0.91, 0.86),
    (0.78, 0.66, 0.58), (0.69, 0.77, 0.66), (0.90, 0.80, 0.68), (0.84, 0.84, 0.86),
)  # fmt: skip
ROOFS: tuple[Colour, ...] = ((0.60, 0.31, 0.22), (0.52, 0.29, 0.22), (0.45, 0.44, 0.45), (0.66, 0.38, 0.27))
CARS: tuple[Colour, ...] = (
    (0.90, 0.90, 0.91), (0.16, 0.17, 0.19), (0.62, 0.64, 0.66), (0.55, 0.12, 0.13), (0.18, 0.27, 0.42),
    (0.78, 0.76, 0.70),
)  # fmt: skip


def skyline(sheet: Sheet, rng: np.random.Generator) -> None:
    """Towers far away, pale as air."""
    view = sheet.view
    x = -330.0
    while x < 330:
        wide, high = rng.uniform(14, 40), rng.uniform(12, 62) * (1.5 if rng.random() < 0.12 else 1)
        sheet.face(
            [(x, 0, 240), (x + wide, 0, 240), (x + wide, high, 240), (x, high, 240)], (0.50, 0.55, 0.62), 0.94
        )
        if view.light.dark:
            for _ in range(int(high / 4)):
                wx, wy = x + rng.uniform(1, wide - 1), rng.uniform(2, high - 1)
                sheet.spot(wx, wy, 239, 1.2, 1.2, (2.0, 1.6, 0.9))
        x += wide + rng.uniform(-4, 26)


def row_of_houses(
    sheet: Sheet, rng: np.random.Generator, x: float, start: float = 3.0, end: float = 62.0
) -> None:
    """Houses along one side whose fronts stand at X = x, far ones first."""
    fronts = []
    z = start
    while z < end:
        deep = rng.uniform(4.5, 8.5)
        fronts.append((z, z + deep, rng.uniform(2.9, 4.2) * (2 if rng.random() < 0.3 else 1)))
        z += deep + (rng.uniform(0.4, 2.0) if rng.random() < 0.25 else 0)
    for near, far, high in reversed(fronts):
        house(sheet, rng, x, near, far, high)


def house(sheet: Sheet, rng: np.random.Generator, x: float, near: float, far: float, high: float) -> None:
    colour, roof = pick(rng, WALLS), pick(rng, ROOFS)
    sun = 1.0 if x < 0 else 0.80
    out = 1 if x > 0 else -1  # away from the street
    sheet.face(
        [(x, 0, near), (x + out * 7, 0, near), (x + out * 7, high, near), (x, high, near)], colour, sun * 0.74
    )
    sheet.face([(x, 0, near), (x, high, near), (x, high, far), (x, 0, far)], colour, sun)
    sheet.face([(x, 0, near), (x, 0.5, near), (x, 0.5, far), (x, 0, far)], (0.42, 0.40, 0.38), sun, 120)
    floors = 2 if high > 5 else 1
    for floor in range(floors):
        openings(sheet, rng, x, near, far, floor * high / floors, floor == 0)
    if rng.random() < 0.62:
        eaves(sheet, x, near, far, high, roof, out)
    else:
        sheet.face(
            [(x, high, near), (x, high + 0.35, near), (x, high + 0.35, far), (x, high, far)],
            colour,
            sun * 0.86,
        )
    if rng.random() < 0.5:
        awning(sheet, rng, x, near + 0.4, far - 0.4, out)
    stains(sheet, rng, x, near, far, high)


def eaves(sheet: Sheet, x: float, near: float, far: float, high: float, roof: Colour, out: int) -> None:
    lip = x - out * 0.55
    sheet.face(
        [
            (lip, high - 0.05, near - 0.3),
            (lip, high - 0.05, far),
            (x + out * 3.2, high + 1.7, far),
            (x + out * 3.2, high + 1.7, near - 0.3),
        ],
        roof,
        1.0,
    )
    sheet.face(
        [
            (lip, high - 0.05, near - 0.3),
            (x + out * 3.2, high + 1.7, near - 0.3),
            (x + out * 3.2, high + 0.1, near - 0.3),
        ],
        roof,
        0.62,
    )
    rows = 9
    for row in range(1, rows):
        at = row / rows
        sheet.line(
            [
                (lip + (x + out * 3.2 - lip) * at, high - 0.05 + 1.75 * at, near - 0.3),
                (lip + (x + out * 3.2 - lip) * at, high - 0.05 + 1.75 * at, far),
            ],
            0.02,
            roof,
            0.80,
        )
    sheet.line([(lip, high - 0.07, near - 0.3), (lip, high - 0.07, far)], 0.10, (0.86, 0.84, 0.80), 0.8)


def openings(
    sheet: Sheet, rng: np.random.Generator, x: float, near: float, far: float, base: float, ground: bool
) -> None:
    """Doors, windows, a shop's shutter."""
    step = (far - near) / max(1, int((far - near) / 2.1))
    dark = sheet.view.light.dark
    z = near + step * 0.2
    while z + step * 0.6 < far:
        a, b = z, z + step * 0.62
        if ground and rng.random() < 0.45:
            low, top, colour = (
                base,
                base + 2.25,
                pick(rng, ((0.36, 0.26, 0.20), (0.30, 0.36, 0.40), (0.55, 0.55, 0.56))),
            )
        else:
            low, top, colour = base + 1.0, base + 2.15, (0.22, 0.26, 0.30)
            if dark and rng.random() < 0.5:
                colour = (1.7, 1.35, 0.80)
        sheet.face(
            [
                (x, low - 0.06, a - 0.06),
                (x, top + 0.06, a - 0.06),
                (x, top + 0.06, b + 0.06),
                (x, low - 0.06, b + 0.06),
            ],
            (0.93, 0.92, 0.88),
            0.82,
        )
        sheet.face([(x, low, a), (x, top, a), (x, top, b), (x, low, b)], colour)
        for part in (0.33, 0.66):
            sheet.line(
                [(x, low, a + (b - a) * part), (x, top, a + (b - a) * part)], 0.03, (0.80, 0.78, 0.74), 0.8
            )
        z += step


def awning(sheet: Sheet, rng: np.random.Generator, x: float, near: float, far: float, out: int) -> None:
    one = pick(rng, ((0.20, 0.42, 0.62), (0.72, 0.22, 0.20), (0.20, 0.50, 0.36), (0.85, 0.55, 0.18)))
    edge, high = x - out * 1.0, 2.45
    count = max(3, int((far - near) / 0.45))
    for part in range(count):
        a, b = near + (far - near) * part / count, near + (far - near) * (part + 1) / count
        colour = one if part % 2 else (0.92, 0.90, 0.85)
        sheet.face([(x, high + 0.35, a), (x, high + 0.35, b), (edge, high, b), (edge, high, a)], colour)
        sheet.face(
            [(edge, high, a), (edge, high, b), (edge, high - 0.16, b), (edge, high - 0.16, a)], colour, 0.85
        )


def stains(sheet: Sheet, rng: np.random.Generator, x: float, near: float, far: float, high: float) -> None:
    """Rain runs down walls here; without it they look like paper."""
    for _ in range(int((far - near) * 3)):
        z, wide, fall = rng.uniform(near, far), rng.uniform(0.05, 0.25), rng.uniform(0.3, high * 0.7)
        sheet.face(
            [(x, high, z), (x, high, z + wide), (x, high - fall, z + wide * 0.6)], (0.30, 0.29, 0.27), 1.0, 14
        )


def wall(
    sheet: Sheet, rng: np.random.Generator, x: float, near: float, far: float, high: float, colour: Colour
) -> None:
    """A garden wall with a coping and pillars."""
    sun = 1.0 if x < 0 else 0.82
    sheet.face([(x, 0, near), (x, high, near), (x, high, far), (x, 0, far)], colour, sun)
    stains(sheet, rng, x, near, far, high)
    sheet.face([(x, 0, near), (x, 0.28, near), (x, 0.28, far), (x, 0, far)], (0.36, 0.37, 0.34), sun, 130)
    for z in np.arange(far, near, -2.8):
        sheet.face(
            [(x, 0, z - 0.3), (x, high + 0.12, z - 0.3), (x, high + 0.12, z), (x, 0, z)], colour, sun * 0.90
        )
    sheet.line([(x, high + 0.04, near), (x, high + 0.04, far)], 0.09, (0.90, 0.88, 0.84), sun * 0.9)
