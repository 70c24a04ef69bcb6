"""What stands or lies in a street: poles and cables, lamps, cars, carts, bags."""

import numpy as np

from .view import FINE, Colour, Sheet, pick

CARS: tuple[Colour, ...] = (
    (0.90, 0.90, 0.91), (0.16, 0.17, 0.19), (0.62, 0.64, 0.66), (0.55, 0.12, 0.13), (0.18, 0.27, 0.42),
    (0.78, 0.76, 0.70),
)  # fmt: skip
BAGS: tuple[Colour, ...] = (
    (0.10, 0.10, 0.11), (0.86, 0.86, 0.84), (0.70, 0.16, 0.16), (0.16, 0.30, 0.55), (0.13, 0.13, 0.14),
    (0.78, 0.70, 0.30), (0.24, 0.45, 0.32), (0.92, 0.90, 0.86), (0.55, 0.42, 0.30),
)  # fmt: skip


# ---- poles, cables, lamps ----


def pole(
    sheet: Sheet,
    x: float,
    z: float,
    high: float,
    thick: float = 0.20,
    colour: Colour = (0.62, 0.61, 0.59),
    lean: float = 0.0,
) -> None:
    sheet.shadow(x, z, thick * 4, thick * 3, 100)
    for part, shade in ((1.0, 0.72), (0.55, 0.95), (0.25, 1.12)):
        half = thick * part / 2
        shift = -thick * 0.12 * (1 - part)
        sheet.face(
            [
                (x - half + shift, 0, z),
                (x - half * 0.8 + shift + lean, high, z),
                (x + half * 0.8 + shift + lean, high, z),
                (x + half + shift, 0, z),
            ],
            colour,
            shade,
        )


def cables(
    sheet: Sheet,
    rng: np.random.Generator,
    x: float,
    high: float,
    count: int,
    sag: float,
    start: float = 1.5,
    step: float = 16.0,
    end: float = 70.0,
) -> None:
    """Bundles from pole to pole; a great sag is what people complain about."""
    for _ in range(count):
        drop, side, tone = rng.uniform(0, 0.75), rng.uniform(-0.25, 0.25), rng.uniform(0.05, 0.16)
        own = sag * rng.uniform(0.5, 1.5)
        z = start
        while z < end:
            spans = [
                (x + side, high - drop - own * 4 * at * (1 - at), z + step * at)
                for at in np.linspace(0, 1, 17)
            ]
            points = [point for point in spans if point[2] > 2.6]
            if len(points) > 1:
                sheet.line(points, 0.016, (tone, tone, tone * 1.1))
            z += step


def lamp(sheet: Sheet, x: float, z: float, high: float, lit: bool, arm: float = 1.5) -> None:
    steel: Colour = (0.60, 0.63, 0.66)
    pole(sheet, x, z, high, 0.13, steel)
    reach = -arm if x > 0 else arm
    sheet.line(
        [(x, high - 0.05, z), (x + reach * 0.5, high + 0.28, z), (x + reach, high + 0.34, z)],
        0.07,
        steel,
        0.9,
    )
    px = x + reach
    colour: Colour = (2.4, 2.2, 1.7) if lit else (0.46, 0.48, 0.50)
    sheet.face(
        [
            (px - 0.34, high + 0.38, z),
            (px + 0.34, high + 0.38, z),
            (px + 0.27, high + 0.24, z),
            (px - 0.27, high + 0.24, z),
        ],
        colour,
    )
    if lit:
        sheet.glow(px, high + 0.28, z, 2.4, (255, 222, 160), 0.95)
        sheet.glow(px, 0.0, z, 4.6, (150, 118, 70), 0.60)


# ---- wheels ----


def car(sheet: Sheet, x: float, z: float, colour: Colour, tall: float = 1.0, long: float = 4.2) -> None:
    """A parked car seen from behind; its left rear corner stands at x, z."""
    wide, waist, roof = 1.70, 0.92 * tall, 1.52 * tall
    sheet.shadow(x + wide / 2, z + long / 2, wide * 1.35, long * 1.15, 150)
    glass: Colour = (0.13, 0.16, 0.19)
    for side in (x + 0.12, x + wide - 0.30):
        sheet.face(
            [
                (side, 0, z + 0.1),
                (side + 0.20, 0, z + 0.1),
                (side + 0.20, 0.36, z + 0.1),
                (side, 0.36, z + 0.1),
            ],
            (0.06, 0.06, 0.07),
        )
    flank = x if x > 0 else x + wide
    if x > 0 or x + wide < 0:
        car_side(sheet, flank, z, colour, waist, roof, long, glass)
    sheet.face([(x, 0.24, z), (x + wide, 0.24, z), (x + wide, waist, z), (x, waist, z)], colour, 0.92)
    sheet.face(
        [
            (x + 0.10, waist, z + 0.10),
            (x + wide - 0.10, waist, z + 0.10),
            (x + wide - 0.24, roof, z + 0.42),
            (x + 0.24, roof, z + 0.42),
        ],
        colour,
        0.86,
    )
    sheet.face(
        [
            (x + 0.20, waist + 0.05, z + 0.09),
            (x + wide - 0.20, waist + 0.05, z + 0.09),
            (x + wide - 0.31, roof - 0.09, z + 0.38),
            (x + 0.31, roof - 0.09, z + 0.38),
        ],
        glass,
    )
    sheet.face(
        [
            (x + 0.24, waist + 0.30, z + 0.09),
            (x + 0.60, waist + 0.34, z + 0.09),
            (x + 0.46, waist + 0.07, z + 0.09),
        ],
        (0.70, 0.76, 0.82),
        1.0,
        60,
    )
    sheet.face(
        [(x, 0.24, z), (x + wide, 0.24, z), (x + wide, 0.42, z), (x, 0.42, z)], (0.12, 0.12, 0.13), 1.0, 200
    )
    for side in (x + 0.05, x + wide - 0.33):
        sheet.face(
            [
                (side, waist - 0.30, z - 0.01),
                (side + 0.28, waist - 0.30, z - 0.01),
                (side + 0.28, waist - 0.10, z - 0.01),
                (side, waist - 0.10, z - 0.01),
            ],
            (0.75, 0.10, 0.09),
        )
    # a number plate without a number: no picture may point at anybody
    sheet.face(
        [
            (x + 0.62, 0.48, z - 0.01),
            (x + wide - 0.62, 0.48, z - 0.01),
            (x + wide - 0.62, 0.62, z - 0.01),
            (x + 0.62, 0.62, z - 0.01),
        ],
        (0.88, 0.88, 0.86),
    )


def car_side(
    sheet: Sheet, x: float, z: float, colour: Colour, waist: float, roof: float, long: float, glass: Colour
) -> None:
    inner = x + (0.20 if x > 0 else -0.20)
    sheet.face([(x, 0.24, z), (x, waist, z), (x, waist, z + long), (x, 0.24, z + long)], colour, 0.74)
    sheet.face(
        [
            (x, waist, z + 0.2),
            (inner, roof, z + 0.6),
            (inner, roof, z + long * 0.62),
            (x, waist, z + long * 0.80),
        ],
        colour,
        0.70,
    )
    sheet.face(
        [
            (x, waist + 0.04, z + 0.42),
            (inner, roof - 0.08, z + 0.72),
            (inner, roof - 0.08, z + long * 0.58),
            (x, waist + 0.04, z + long * 0.72),
        ],
        glass,
    )
    for at in (0.85, long - 0.85):
        rim = [
            (x, 0.31 + 0.31 * np.sin(turn), z + at + 0.31 * np.cos(turn))
            for turn in np.linspace(0, 2 * np.pi, 20)
        ]
        sheet.face(rim, (0.05, 0.05, 0.06))
        hub = [
            (x, 0.31 + 0.17 * np.sin(turn), z + at + 0.17 * np.cos(turn))
            for turn in np.linspace(0, 2 * np.pi, 16)
        ]
        sheet.face(hub, (0.60, 0.61, 0.63))


def motorbike(sheet: Sheet, x: float, z: float, colour: Colour) -> None:
    """Seen from behind, a little aslant."""
    sheet.shadow(x + 0.1, z + 0.3, 0.9, 1.6, 120)
    sheet.spot(x + 0.16, 0.30, z + 1.0, 0.20, 0.60, (0.06, 0.06, 0.07))
    sheet.face(
        [(x - 0.02, 0.62, z), (x + 0.22, 0.62, z), (x + 0.30, 0.86, z + 0.9), (x + 0.06, 0.90, z + 0.9)],
        (0.09, 0.09, 0.10),
    )
    sheet.face(
        [(x - 0.05, 0.34, z), (x + 0.22, 0.34, z), (x + 0.20, 0.66, z), (x - 0.01, 0.66, z)], colour, 0.9
    )
    sheet.spot(x + 0.09, 0.29, z - 0.05, 0.16, 0.58, (0.05, 0.05, 0.06))
    sheet.spot(x + 0.09, 0.52, z - 0.06, 0.15, 0.08, (0.80, 0.12, 0.10))
    sheet.line([(x - 0.20, 0.98, z + 0.95), (x + 0.50, 0.98, z + 0.95)], 0.04, (0.10, 0.10, 0.11))
    for side in (-0.20, 0.50):
        sheet.spot(x + side, 1.14, z + 0.95, 0.12, 0.09, (0.20, 0.22, 0.25))


# ---- small things on the ground ----


def bag(
    sheet: Sheet, rng: np.random.Generator, x: float, y: float, z: float, size: float, colour: Colour
) -> None:
    """A tied plastic bag: round, with folds and a shine."""
    high = size * rng.uniform(0.7, 0.95)
    sheet.spot(x, y + high * 0.45, z, size, high, colour, 0.78)
    sheet.spot(x - size * 0.07, y + high * 0.52, z, size * 0.84, high * 0.80, colour, 0.98)
    sheet.spot(x, y + high * 0.97, z, size * 0.22, high * 0.22, colour, 0.9)
    for _ in range(3):
        dx = rng.uniform(-0.3, 0.3) * size
        sheet.line(
            [(x + dx * 0.4, y + high * 0.9, z), (x + dx, y + high * rng.uniform(0.2, 0.6), z)],
            size * 0.03,
            colour,
            0.62,
        )
    sheet.spot(x - size * 0.20, y + high * 0.66, z, size * 0.22, high * 0.13, (0.96, 0.97, 1.0), 1.0, 75)


def heap(
    sheet: Sheet, rng: np.random.Generator, x: float, z: float, wide: float, high: float, count: int
) -> None:
    """Rubbish, piled."""
    sheet.shadow(x, z, wide * 1.3, wide * 0.8, 150)
    rows = []
    for _ in range(count):
        dx, dz = rng.normal(0, wide * 0.25), rng.normal(0, wide * 0.20)
        lift = high * np.exp(-((dx / (wide * 0.32)) ** 2) - (dz / (wide * 0.3)) ** 2)
        rows.append((dz, dx, rng.uniform(0, lift)))
    for dz, dx, up in sorted(rows, key=lambda row: (-row[0], row[2])):
        bag(sheet, rng, x + dx, up, z + dz, rng.uniform(0.22, 0.46), pick(rng, BAGS))
    litter(sheet, rng, x, z - wide * 0.2, wide * 1.3, wide * 0.8, count)


def litter(
    sheet: Sheet, rng: np.random.Generator, x: float, z: float, wide: float, deep: float, count: int
) -> None:
    for at in np.sort(rng.normal(z, deep / 3, count))[::-1]:
        if at < 1.4:
            continue
        px, size = x + rng.normal(0, wide / 3), rng.uniform(0.04, 0.13)
        turn, colour = rng.uniform(0, np.pi), pick(rng, BAGS)
        corners = [
            (px + size * np.cos(turn + k) * rng.uniform(0.6, 1), 0.01, at + size * np.sin(turn + k) * 1.4)
            for k in (0, 1.6, 3.1, 4.7)
        ]
        sheet.face(corners, colour, rng.uniform(0.8, 1.1))


def wheelie_bin(sheet: Sheet, x: float, z: float, colour: Colour) -> None:
    sheet.shadow(x + 0.3, z + 0.3, 0.9, 0.9, 130)
    sheet.box(x, z, 0.60, 0.55, 0.95, colour)
    sheet.box(x - 0.04, z - 0.04, 0.68, 0.65, 0.10, colour, base=0.95)
    sheet.line([(x + 0.1, 0.3, z - 0.01), (x + 0.1, 0.85, z - 0.01)], 0.03, colour, 0.7)


def cone(sheet: Sheet, x: float, z: float) -> None:
    sheet.shadow(x, z, 0.5, 0.4, 120)
    for low, high, colour in (
        (0.0, 0.28, (0.93, 0.38, 0.10)),
        (0.28, 0.42, (0.95, 0.95, 0.93)),
        (0.42, 0.66, (0.93, 0.38, 0.10)),
    ):
        a, b = 0.17 * (1 - low / 0.75), 0.17 * (1 - high / 0.75)
        sheet.face([(x - a, low, z), (x - b, high, z), (x + b, high, z), (x + a, low, z)], colour, 0.95)
        sheet.face(
            [(x + a * 0.3, low, z), (x + b * 0.3, high, z), (x + b, high, z), (x + a, low, z)], colour, 0.72
        )
    sheet.face(
        [(x - 0.22, 0.0, z), (x - 0.22, 0.04, z), (x + 0.22, 0.04, z), (x + 0.22, 0.0, z)],
        (0.80, 0.30, 0.08),
        0.8,
    )


def banner(
    sheet: Sheet,
    rng: np.random.Generator,
    x: float,
    z: float,
    wide: float,
    high: float,
    base: float,
    colour: Colour,
) -> None:
    """A banner with lines that look like writing and say nothing."""
    sag = 0.08
    sheet.face(
        [
            (x, base, z),
            (x + wide * 0.5, base - sag, z),
            (x + wide, base, z),
            (x + wide, base + high, z),
            (x + wide * 0.5, base + high - sag, z),
            (x, base + high, z),
        ],
        colour,
    )
    sheet.face(
        [
            (x, base + high * 0.02, z),
            (x + wide, base + high * 0.02, z),
            (x + wide, base + high * 0.18, z),
            (x, base + high * 0.18, z),
        ],
        (0.96, 0.93, 0.84),
        1.0,
        210,
    )
    for line, (at, size) in enumerate(((0.70, 0.17), (0.48, 0.11), (0.32, 0.08))):
        px = x + wide * (0.08 + 0.06 * line)
        while px < x + wide * (0.92 - 0.06 * line):
            word = rng.uniform(0.10, 0.34)
            end = min(px + word, x + wide * 0.93)
            sheet.face(
                [
                    (px, base + high * at, z),
                    (end, base + high * at, z),
                    (end, base + high * (at + size), z),
                    (px, base + high * (at + size), z),
                ],
                (0.98, 0.96, 0.90),
                1.0,
                225,
            )
            px += word + 0.08


def cart(sheet: Sheet, rng: np.random.Generator, x: float, z: float) -> None:
    """A vendor's cart below a parasol or a tarpaulin."""
    colour = pick(rng, ((0.20, 0.45, 0.66), (0.30, 0.55, 0.38), (0.80, 0.30, 0.22), (0.86, 0.66, 0.24)))
    sheet.shadow(x + 0.7, z + 0.5, 2.2, 1.6, 140)
    for px in (x + 0.2, x + 1.15):
        sheet.spot(px, 0.28, z, 0.56, 0.56, (0.08, 0.08, 0.09))
        sheet.spot(px, 0.28, z, 0.30, 0.30, (0.55, 0.55, 0.56))
    sheet.box(x, z, 1.35, 0.8, 0.62, colour, base=0.42)
    sheet.face(
        [(x + 0.06, 1.06, z), (x + 1.29, 1.06, z), (x + 1.29, 1.62, z), (x + 0.06, 1.62, z)],
        (0.75, 0.82, 0.86),
        1.0,
        120,
    )
    for at in np.linspace(0.15, 1.2, 6):
        sheet.spot(
            x + at,
            1.14,
            z,
            0.16,
            0.16,
            pick(rng, ((0.85, 0.62, 0.25), (0.75, 0.35, 0.18), (0.90, 0.82, 0.55))),
        )
    for px in (x + 0.05, x + 1.30):
        sheet.line([(px, 1.04, z), (px, 1.98, z)], 0.05, (0.50, 0.40, 0.30))
    sheet.face(
        [
            (x - 0.35, 1.92, z - 0.2),
            (x + 1.70, 1.92, z - 0.2),
            (x + 1.45, 2.25, z + 0.6),
            (x - 0.1, 2.25, z + 0.6),
        ],
        pick(rng, ((0.16, 0.36, 0.62), (0.86, 0.48, 0.16), (0.66, 0.18, 0.20))),
    )
    stool(sheet, x + 1.9, z - 0.1, pick(rng, BAGS[2:4]))


def stool(sheet: Sheet, x: float, z: float, colour: Colour) -> None:
    sheet.shadow(x, z, 0.5, 0.4, 110)
    sheet.face([(x - 0.16, 0, z), (x - 0.13, 0.45, z), (x + 0.13, 0.45, z), (x + 0.16, 0, z)], colour, 0.72)
    sheet.spot(x, 0.46, z, 0.32, 0.10, colour, 1.05)


def scribble(sheet: Sheet, rng: np.random.Generator, x: float, near: float, far: float, high: float) -> None:
    """Spray paint on a wall at X = x: loops that are no letters."""
    for _ in range(7):
        colour = pick(
            rng,
            (
                (0.10, 0.10, 0.12),
                (0.72, 0.12, 0.16),
                (0.12, 0.28, 0.62),
                (0.10, 0.45, 0.26),
                (0.60, 0.20, 0.55),
            ),
        )
        z, y = rng.uniform(near + 0.4, far - 0.8), rng.uniform(0.4, high - 0.7)
        phase, points = rng.uniform(0, 6, 4), []
        for at in np.linspace(0, 1, 46):
            points.append(
                (
                    x,
                    y + 0.26 * np.sin(at * 13 + phase[0]) + 0.12 * np.sin(at * 29 + phase[1]),
                    z + 1.5 * at + 0.16 * np.sin(at * 17 + phase[2]),
                )
            )
        px = [sheet.view.at(*point) for point in points]
        width = max(2, int(sheet.view.size(0.045, z + 0.7)))
        sheet.pen.line(px, fill=(*sheet.view.faded(colour, z), 225), width=width, joint="curve")
        for end in (px[0], px[-1]):
            sheet.pen.ellipse(
                [end[0] - width / FINE, end[1] - width / FINE, end[0] + width / FINE, end[1] + width / FINE],
                fill=(*sheet.view.faded(colour, z), 225),
            )
