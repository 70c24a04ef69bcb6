"""Sky and ground, pixel by pixel: asphalt, concrete, paving, kerbs, lines, water, and what is broken in them."""

from dataclasses import dataclass, field

import numpy as np

from .view import HEIGHT, WIDTH, Colour, View, noise, sample

ASPHALT: Colour = (0.37, 0.37, 0.38)
CONCRETE: Colour = (0.62, 0.60, 0.57)
PAVING: Colour = (0.66, 0.58, 0.52)
EARTH: Colour = (0.52, 0.43, 0.33)
GRASS: Colour = (0.36, 0.47, 0.24)


@dataclass
class Plan:
    """Widths in metres. `road` is left and right edge; beyond the kerb comes `walk`, beyond that `beyond`."""

    road: tuple[float, float] = (-3.0, 2.6)
    surface: Colour = ASPHALT
    kerb: bool = True
    walk: float = 1.9
    beyond: Colour = EARTH
    lines: bool = True
    wet: float = 0.0
    marks: list = field(default_factory=list)  # functions of the Ground that change it


class Ground:
    """The part of the picture below the horizon, with the street's metres for each pixel."""

    def __init__(self, view: View, plan: Plan):
        self.view, self.plan = view, plan
        self.first = int(view.horizon) + 3
        rows = np.arange(self.first, HEIGHT, dtype=np.float32)
        columns = np.arange(WIDTH, dtype=np.float32)
        self.z = (view.eye * view.focus / (rows - view.horizon))[:, None]
        self.x = (columns[None, :] - view.centre) * self.z / view.focus
        self.z = np.broadcast_to(self.z, self.x.shape)
        self.near = np.exp(-self.z / 11).astype(np.float32)  # fine detail is only seen close by
        self.stain = self.rough(1.2, 26, 3)
        self.grit = self.rough(0.35, 150, 5)
        self.rgb = np.empty((*self.x.shape, 3), np.float32)

    def rough(self, slope: float, scale: float, more: int = 0) -> np.ndarray:
        """Noise lying on the street, around 0: `scale` is texture pixels a metre."""
        return sample(noise(self.view.seed % 5 + more, slope), self.x * scale, self.z * scale) - 0.5

    def cover(self, mask: np.ndarray, colour: np.ndarray | Colour) -> None:
        """Lay a colour where the mask is 1, blended where it is between."""
        self.rgb += mask[..., None] * (np.asarray(colour, np.float32) - self.rgb)

    def between(self, low: float, high: float, soft: float = 0.015) -> np.ndarray:
        """1 where low < X < high."""
        edge = soft + self.z * 0.0008
        return np.clip((self.x - low) / edge, 0, 1) * np.clip((high - self.x) / edge, 0, 1)

    def blot(self, x: float, z: float, wide: float, deep: float, ragged: float = 0.35, soft: float = 0.06,
             more: int = 9) -> np.ndarray:  # fmt: skip
        """1 inside a ragged patch on the street."""
        far = np.hypot((self.x - x) / (wide / 2), (self.z - z) / (deep / 2))
        far = far + self.rough(1.3, 40, more) * ragged * 2
        return np.clip((1 - far) / soft, 0, 1)

    def drawn(self) -> np.ndarray:
        plan, light = self.plan, self.view.light
        left, right = plan.road
        self.rgb[:] = plan.beyond
        self.rgb += self.stain[..., None] * 0.22 + (self.grit * self.near)[..., None] * 0.35
        if plan.walk:
            self.pave(left - plan.walk, left)
            self.pave(right, right + plan.walk)
        self.road(left, right)
        if plan.kerb:
            self.kerb(left - 0.22, left)
            self.kerb(right, right + 0.22)
        for mark in plan.marks:
            mark(self)
        if plan.wet:
            self.wet(plan.wet)
        far = (1 - np.exp(-np.maximum(self.z - 4, 0) / 55))[..., None]
        air = np.asarray(light.low, np.float32) * (0.55 if light.dark else 0.95)
        self.rgb = self.rgb * np.asarray(light.sun, np.float32)
        return self.rgb * (1 - far) + air * far

    def road(self, left: float, right: float) -> None:
        colour = np.asarray(self.plan.surface, np.float32)
        shade = self.stain * 0.20 + self.grit * self.near * 0.5
        # wheels polish two tracks into each half
        track = np.cos((self.x - left) * 2 * np.pi / max((right - left) / 2, 1)) * 0.012
        self.cover(self.between(left, right), colour + (shade + track)[..., None])
        if self.plan.lines:
            worn = np.clip(self.rough(0.8, 60, 2) * 3 + 0.9, 0, 1)
            dash = ((self.z + 1.0) % 5 < 2.6).astype(np.float32)
            middle = (left + right) / 2
            self.cover(self.between(middle - 0.06, middle + 0.06) * dash * worn * 0.8, (0.86, 0.85, 0.80))

    def pave(self, left: float, right: float) -> None:
        """Paving blocks with joints, each stone a little different."""
        stone_x, stone_z = np.floor(self.x / 0.2), np.floor(self.z / 0.1)
        tone = np.sin(stone_x * 12.9 + stone_z * 78.2) * 43758.5
        tone = (tone - np.floor(tone) - 0.5) * 0.10 * np.clip(self.near * 2, 0, 1)
        joint = np.minimum(np.abs(self.x / 0.2 - np.round(self.x / 0.2)) * 0.2,
                           np.abs(self.z / 0.1 - np.round(self.z / 0.1)) * 0.1)  # fmt: skip
        dark = np.clip(1 - joint / 0.012, 0, 1) * self.near * 0.16
        colour = (
            np.asarray(PAVING, np.float32)
            + (tone - dark + self.stain * 0.22 + self.grit * self.near * 0.25)[..., None]
        )
        self.cover(self.between(left, right), colour)

    def kerb(self, left: float, right: float) -> None:
        """Black and white, as in Jakarta, worn by years."""
        white = ((self.z % 1.0) < 0.5).astype(np.float32)
        tone = 0.25 + 0.52 * white + self.stain * 0.25 + self.grit * self.near * 0.3
        self.cover(self.between(left, right), np.stack([tone, tone, tone * 0.97], -1))

    def wet(self, share: float) -> None:
        """Rain a while ago: darker, and the sky shines in the hollows."""
        pool = np.clip((self.rough(1.7, 9, 1) + share - 0.35) * 7, 0, 1) * share
        sky = np.asarray(self.view.light.low, np.float32) * 0.82
        self.rgb *= 1 - 0.25 * share
        self.cover(pool * np.clip(1.4 - self.near, 0.15, 0.75), sky)


# ---- what is broken, or mended ----


def hole(x: float, z: float, wide: float, deep: float, water: bool = False):
    """A hole: a lit far wall, a dark floor, loose stones around; with rain it holds water."""

    def mark(ground: Ground) -> None:
        rim = ground.blot(x, z, wide * 1.25, deep * 1.25, 0.4, 0.5)
        ground.cover(rim * 0.5, np.asarray((0.47, 0.42, 0.36), np.float32) + (ground.grit * 0.9)[..., None])
        inside = ground.blot(x, z, wide, deep, 0.34, 0.05)
        depth = np.clip((ground.z - z) / deep + 0.5, 0, 1)
        tone = 0.13 + 0.20 * depth**2
        floor = (
            np.asarray((0.95, 0.86, 0.74), np.float32)
            * (tone + ground.grit * 0.45 + ground.stain * 0.25)[..., None]
        )
        ground.cover(inside, floor)
        if water:
            pool = ground.blot(x, z - deep * 0.05, wide * 0.82, deep * 0.78, 0.25, 0.05)
            shine = np.asarray(ground.view.light.low, np.float32) * 0.55 + np.asarray(
                (0.10, 0.07, 0.04), np.float32
            )
            ground.cover(pool * 0.92, shine + (ground.rough(1.5, 20) * 0.12)[..., None])

    return mark


def patch(x: float, z: float, wide: float, deep: float):
    """Fresh asphalt, straight cut, a little darker."""

    def mark(ground: Ground) -> None:
        edge = 0.02 + ground.z * 0.001
        inside = np.clip((wide / 2 - np.abs(ground.x - x)) / edge, 0, 1) * np.clip(
            (deep / 2 - np.abs(ground.z - z)) / edge, 0, 1
        )
        tone = 0.20 + ground.grit * ground.near * 0.4
        ground.cover(inside, np.stack([tone, tone, tone * 1.03], -1))

    return mark


def cracks(x: float, z: float, count: int = 7):
    def mark(ground: Ground) -> None:
        lines = np.abs(ground.rough(1.5, 34, 7))
        near = ground.blot(x, z, 3.2, 5.0, 0.5, 0.8)
        ground.cover(np.clip(1 - lines / 0.012, 0, 1) * near * min(1.0, count / 8), (0.17, 0.16, 0.16))

    return mark


def ditch(x: float, wide: float, clean: bool):
    """An open drain along the street: grey-green water, or silt and rubbish up to the rim."""

    def mark(ground: Ground) -> None:
        ground.cover(ground.between(x - wide / 2 - 0.16, x + wide / 2 + 0.16), np.asarray(CONCRETE, np.float32)
                     + (ground.stain * 0.3 + ground.grit * ground.near * 0.3)[..., None])  # fmt: skip
        inner = ground.between(x - wide / 2, x + wide / 2)
        side = np.clip((ground.x - x) / wide + 0.5, 0, 1)
        if clean:
            tone = 0.16 + 0.16 * side + ground.rough(1.4, 22)[...] * 0.10
            colour = np.stack([tone * 0.92, tone * 1.05, tone], -1)
        else:
            tone = 0.24 + ground.rough(1.0, 30) * 0.28 + ground.grit * ground.near * 0.5
            colour = np.stack([tone * 1.12, tone, tone * 0.78], -1)
        ground.cover(inner, colour)

    return mark


def gap(x: float, z: float, side: float, closed: bool):
    """A missing drain cover, or the grating that was put in."""

    def mark(ground: Ground) -> None:
        u, v = (ground.x - x) / (side / 2), (ground.z - z) / (side / 2)
        far = np.maximum(np.abs(u), np.abs(v))
        edge = 0.02 + ground.z * 0.002
        ground.cover(
            np.clip((1.22 - far) / edge, 0, 1),
            np.asarray(CONCRETE, np.float32) + (ground.grit * 0.5)[..., None],
        )
        inside = np.clip((1 - far) / edge, 0, 1)
        deep = np.clip(v * 0.5 + 0.5, 0, 1) ** 3
        ground.cover(inside, np.stack([0.05 + 0.28 * deep, 0.05 + 0.26 * deep, 0.05 + 0.23 * deep], -1))
        if closed:
            bar = ((u * 5) % 1 < 0.62).astype(np.float32)
            cross = (np.abs(v % 0.66 - 0.33) < 0.08).astype(np.float32)
            tone = 0.42 + ground.grit * 0.4
            ground.cover(inside * np.maximum(bar, cross), np.stack([tone * 0.98, tone, tone * 1.02], -1))

    return mark


def missing_stones(left: float, right: float, z: float):
    """A pavement whose stones are gone: sand, puddles, a few stones lying around."""

    def mark(ground: Ground) -> None:
        middle = (left + right) / 2
        inside = ground.blot(middle, z, (right - left) * 0.95, 2.6, 0.4, 0.04) * ground.between(left, right)
        tone = ground.stain * 0.3 + ground.grit * 0.7
        ground.cover(inside, np.asarray((0.60, 0.50, 0.37), np.float32) + tone[..., None])
        edge = ground.blot(middle, z + 0.08, (right - left) * 0.97, 2.7, 0.4, 0.04) * ground.between(
            left, right
        )
        ground.cover(np.clip(edge - inside, 0, 1) * 0.7, (0.16, 0.13, 0.10))

    return mark


def crossing(z: float, worn: float):
    """Zebra stripes; `worn` 1 has almost lost them."""

    def mark(ground: Ground) -> None:
        stripe = ((ground.x % 1.0) < 0.52).astype(np.float32)
        band = np.clip((1.3 - np.abs(ground.z - z)) / 0.05, 0, 1) * ground.between(*ground.plan.road)
        left = np.clip((ground.rough(1.0, 42, 4) + 0.55 - worn) * 5, 0, 1)
        ground.cover(stripe * band * left * 0.9, (0.88, 0.88, 0.86))

    return mark


def sky(view: View) -> np.ndarray:
    """The whole picture as sky: a slope of colour with clouds in perspective."""
    light = view.light
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None]
    fall = np.clip(rows / view.horizon, 0, 1)[..., None] ** 1.3
    colour = np.asarray(light.sky, np.float32) * (1 - fall) + np.asarray(light.low, np.float32) * fall
    picture = np.broadcast_to(colour, (HEIGHT, WIDTH, 3)).copy()
    high = np.maximum(view.horizon - rows, 6) / view.horizon
    u = (np.arange(WIDTH, dtype=np.float32)[None, :] - view.centre) / (high * 9) + view.seed % 97
    v = np.broadcast_to(60 / (high + 0.25), u.shape)
    cloud = np.clip((sample(noise(view.seed % 3 + 20, 1.75), u, v) - 0.78 + light.clouds * 0.45) * 2.6, 0, 1)
    bright = np.asarray(light.low, np.float32) * (0.8 if light.dark else 1.06)
    picture += (cloud * np.clip(high * 3, 0, 1) * 0.75)[..., None] * (bright - picture)
    return picture
