"""What grows: street trees, bushes, grass."""

import numpy as np

from .view import Colour, Sheet, pick

LEAVES: tuple[Colour, ...] = ((0.25, 0.40, 0.16), (0.30, 0.44, 0.18), (0.22, 0.37, 0.20), (0.36, 0.46, 0.18))


def tree(
    sheet: Sheet, rng: np.random.Generator, x: float, z: float, high: float, crown: float, lean: float = 0.0
) -> None:
    """A street tree: trunk, boughs, and leaves in three layers from shade to sun."""
    leaf = pick(rng, LEAVES)
    bark: Colour = (0.36, 0.29, 0.22)
    sheet.shadow(x + lean * 0.3, z, crown * 2.0, crown * 1.2, 95)
    top = (x + lean, high * 0.66, z)
    trunk(sheet, x, z, top, 0.05 + high * 0.028, bark)
    for _ in range(6):
        end = (top[0] + rng.uniform(-0.8, 0.8) * crown, top[1] + rng.uniform(0.1, 0.7) * crown, z)
        sheet.line([(x + lean * 0.7, high * 0.5, z), end], 0.09, bark, 0.85)
    foliage(sheet, rng, top[0], high * 0.66 + crown * 0.45, z, crown, leaf)


def trunk(
    sheet: Sheet, x: float, z: float, top: tuple[float, float, float], thick: float, bark: Colour
) -> None:
    middle = ((x + top[0]) / 2 + 0.04, top[1] / 2, z)
    for side, shade, part in ((0.0, 0.80, 1.0), (-0.22, 1.12, 0.42), (0.30, 0.58, 0.36)):
        shift = thick * side
        left = [
            (x - thick * part * 0.62 + shift, 0, z),
            (middle[0] - thick * part * 0.46 + shift, middle[1], z),
            (top[0] - thick * part * 0.34 + shift, top[1], z),
        ]
        right = [
            (top[0] + thick * part * 0.34 + shift, top[1], z),
            (middle[0] + thick * part * 0.46 + shift, middle[1], z),
            (x + thick * part * 0.62 + shift, 0, z),
        ]
        sheet.face(left + right, bark, shade)


def foliage(
    sheet: Sheet,
    rng: np.random.Generator,
    x: float,
    y: float,
    z: float,
    crown: float,
    leaf: Colour,
    count: int = 150,
) -> None:
    """Clusters of leaves, dark below and inside, bright where the sun comes from (upper left)."""
    near = min(1.0, 9 / z)
    count = int(count * near * 1.5 + 40)
    boughs = [(rng.normal(0, 0.42), rng.normal(0, 0.30)) for _ in range(9)]
    for layer, (shade, up) in enumerate(((0.40, -0.16), (0.66, 0.0), (0.95, 0.13), (1.28, 0.24))):
        for _ in range(count // (1 if layer < 2 else 2)):
            bx, by = boughs[int(rng.integers(len(boughs)))]
            dx, dy = (bx + rng.normal(0, 0.26)) * crown, (by + up + rng.normal(0, 0.20)) * crown
            if np.hypot(dx / 1.25, dy) > crown:
                continue
            size = crown * rng.uniform(0.06, 0.17) * (1 - layer * 0.18) * (1.15 - 0.4 * near)
            tone = shade * rng.uniform(0.85, 1.15)
            sheet.spot(x + dx - up * 0.35 * crown, y + dy, z, size * 1.35, size, leaf, tone)
    for _ in range(count * 2):
        bx, by = boughs[int(rng.integers(len(boughs)))]
        dx, dy = (bx + rng.normal(0, 0.30)) * crown, (by + rng.normal(0.05, 0.26)) * crown
        sheet.spot(x + dx, y + dy, z, crown * 0.042, crown * 0.026, leaf, rng.uniform(0.5, 1.5))


def bush(sheet: Sheet, rng: np.random.Generator, x: float, z: float, wide: float, high: float) -> None:
    leaf = pick(rng, LEAVES)
    sheet.shadow(x, z, wide * 1.3, wide * 0.6, 90)
    for shade, up in ((0.45, 0.2), (0.75, 0.5), (1.1, 0.75)):
        for _ in range(46):
            sheet.spot(
                x + rng.normal(0, wide * 0.25),
                high * up * rng.uniform(0.4, 1.1),
                z,
                wide * 0.14,
                high * 0.2,
                leaf,
                shade * rng.uniform(0.85, 1.15),
            )


def grass(
    sheet: Sheet,
    rng: np.random.Generator,
    x: float,
    z: float,
    wide: float,
    deep: float,
    high: float,
    count: int,
) -> None:
    """Blades, far ones first."""
    for at in np.sort(rng.uniform(z - deep / 2, z + deep / 2, count))[::-1]:
        px = x + rng.normal(0, wide * 0.28)
        tall, bend = high * rng.uniform(0.5, 1.2), rng.normal(0, high * 0.35)
        colour = pick(rng, ((0.40, 0.50, 0.20), (0.33, 0.46, 0.19), (0.55, 0.55, 0.26), (0.27, 0.38, 0.17)))
        sheet.line(
            [(px, 0, at), (px + bend * 0.3, tall * 0.6, at), (px + bend, tall, at)],
            0.014,
            colour,
            rng.uniform(0.75, 1.2),
        )
