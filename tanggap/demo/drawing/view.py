"""Where the camera stands and what the light is like; noise that tiles; drawing in metres instead of pixels.

X is to the right, Y up, Z into the picture, all in metres from a point on the ground below the camera.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1024, 768
FINE = 2  # things are drawn twice as large and scaled down: smooth edges
TILE = 512
NEAREST = 0.9  # metres: nothing is drawn closer to the camera

Colour = tuple[float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True)
class Light:
    """Colours from 0 to 1. `shade` is what faces away from the sun keep of their colour."""

    sky: Colour
    low: Colour
    sun: Colour
    shade: float
    clouds: float
    dark: bool = False


LIGHTS = {
    "morning": Light((0.46, 0.67, 0.86), (0.93, 0.90, 0.84), (1.04, 1.00, 0.93), 0.66, 0.55),
    "noon": Light((0.33, 0.58, 0.86), (0.80, 0.89, 0.95), (1.05, 1.03, 0.99), 0.60, 0.45),
    "cloudy": Light((0.68, 0.73, 0.78), (0.85, 0.87, 0.88), (0.93, 0.95, 0.98), 0.80, 0.95),
    "late": Light((0.47, 0.60, 0.79), (0.96, 0.86, 0.74), (1.05, 0.97, 0.86), 0.58, 0.60),
    "dusk": Light((0.17, 0.22, 0.38), (0.80, 0.51, 0.42), (0.53, 0.52, 0.60), 0.74, 0.75, dark=True),
}


@lru_cache(maxsize=64)
def noise(seed: int, slope: float) -> np.ndarray:
    """A tile of clouds from 0 to 1 without a seam: `slope` 0.4 is grit, 1 stains, 1.8 clouds."""
    rng = np.random.default_rng(seed)
    y, x = np.fft.fftfreq(TILE)[:, None], np.fft.rfftfreq(TILE)[None, :]
    size = np.hypot(x, y)
    size[0, 0] = 1
    waves = np.exp(2j * np.pi * rng.random(size.shape)) / size**slope
    waves[0, 0] = 0
    tile = np.fft.irfft2(waves, (TILE, TILE))
    tile = (tile - tile.mean()) / (tile.std() or 1)
    return np.clip(tile * 0.2 + 0.5, 0, 1).astype(np.float32)


def sample(tile: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The tile's value at pixel coordinates u, v, repeated without end."""
    return tile[v.astype(np.int32) & (TILE - 1), u.astype(np.int32) & (TILE - 1)]


def pick(rng: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    return colours[int(rng.integers(len(colours)))]


class View:
    """One camera. The same seed gives the same street; `step` moves the photographer a little."""

    def __init__(self, seed: int, light: str, step: int = 0):
        self.seed = seed
        self.rng = np.random.default_rng(seed)
        self.light = LIGHTS[light]
        hand = np.random.default_rng(seed * 31 + step)
        self.horizon = HEIGHT * 0.40 + self.rng.uniform(-26, 16) + hand.uniform(-12, 12)
        self.centre = WIDTH * 0.5 + self.rng.uniform(-110, 110) + hand.uniform(-20, 20)
        self.eye = 1.55 + hand.uniform(-0.06, 0.06)
        self.focus = WIDTH * 0.80
        self.tilt = hand.uniform(-1.1, 1.1)
        self._mixed: dict[tuple, tuple[int, int, int]] = {}

    def turn(self, x: float, z: float, to: float = 0.56) -> None:
        """Turn the camera until this point stands at this share of the width."""
        self.centre = WIDTH * to - self.focus * x / z + (self.centre - WIDTH * 0.5) * 0.25

    def at(self, x: float, y: float, z: float) -> Point:
        """Where a point of the street is in the large picture."""
        z = max(z, NEAREST)
        return (
            FINE * (self.centre + self.focus * x / z),
            FINE * (self.horizon + self.focus * (self.eye - y) / z),
        )

    def size(self, metres: float, z: float) -> float:
        return FINE * self.focus * metres / max(z, NEAREST)

    def faded(self, colour: Colour, z: float, shade: float = 1.0) -> tuple[int, int, int]:
        """A colour in this light at this distance: far things fade into the air."""
        key = (
            colour,
            int(z * 2),
            int(shade * 40),
        )  # nobody sees finer steps, and a tree asks two thousand times
        found = self._mixed.get(key)
        if found is None:
            far = 1 - float(np.exp(-max(z - 4, 0) / 55))
            haze = 0.55 if self.light.dark else 0.95
            parts = [
                one * sun * shade * (1 - far) + low * haze * far
                for one, sun, low in zip(colour, self.light.sun, self.light.low, strict=True)
            ]
            found = self._mixed[key] = tuple(int(255 * min(max(part, 0), 1)) for part in parts)  # type: ignore[assignment]
        return found


class Sheet:
    """The picture while it is drawn: shapes in metres, back to front."""

    def __init__(self, view: View, picture: Image.Image):
        self.view = view
        self.picture = picture
        self.pen = ImageDraw.Draw(picture, "RGBA")

    def face(
        self,
        corners: Sequence[tuple[float, float, float]],
        colour: Colour,
        shade: float = 1.0,
        alpha: int = 255,
    ) -> None:
        """A flat face through points of the street."""
        z = sum(corner[2] for corner in corners) / len(corners)
        self.pen.polygon(
            [self.view.at(*corner) for corner in corners], fill=(*self.view.faded(colour, z, shade), alpha)
        )

    def line(
        self, points: Sequence[tuple[float, float, float]], width: float, colour: Colour, shade: float = 1.0
    ) -> None:
        z = sum(point[2] for point in points) / len(points)
        self.pen.line(
            [self.view.at(*point) for point in points],
            fill=self.view.faded(colour, z, shade),
            width=max(1, round(self.view.size(width, z))),
            joint="curve",
        )

    def spot(
        self,
        x: float,
        y: float,
        z: float,
        wide: float,
        high: float,
        colour: Colour,
        shade: float = 1.0,
        alpha: int = 255,
    ) -> None:
        """An ellipse that looks at the camera."""
        px, py = self.view.at(x, y, z)
        a, b = self.view.size(wide, z) / 2, self.view.size(high, z) / 2
        self.pen.ellipse([px - a, py - b, px + a, py + b], fill=(*self.view.faded(colour, z, shade), alpha))

    def box(
        self, x: float, z: float, wide: float, deep: float, high: float, colour: Colour, base: float = 0.0
    ) -> None:
        """A box on the ground, front lower left corner at x, z: far faces are hidden by near ones."""
        top, right, back = base + high, x + wide, z + deep
        side = x if x > 0 else right
        if x > 0 or right < 0:
            self.face(
                [(side, base, z), (side, top, z), (side, top, back), (side, base, back)],
                colour,
                self.view.light.shade,
            )
        if top < self.view.eye:
            self.face([(x, top, z), (right, top, z), (right, top, back), (x, top, back)], colour, 1.08)
        self.face([(x, base, z), (right, base, z), (right, top, z), (x, top, z)], colour, 0.92)

    def soft(self, blur: float, draw: "callable") -> None:
        """What `draw(sheet)` paints, softened: shadows, smoke, far things."""
        layer = Image.new("RGBA", self.picture.size, (0, 0, 0, 0))
        draw(Sheet(self.view, layer))
        layer = (
            layer.reduce(4)
            .filter(ImageFilter.GaussianBlur(blur / 4))
            .resize(self.picture.size, Image.Resampling.BILINEAR)
        )
        self.picture.paste(layer, (0, 0), layer)

    def shadow(self, x: float, z: float, wide: float, deep: float, strength: int = 110) -> None:
        """The soft dark patch below a thing: without it things float."""
        px, py = self.view.at(x, 0, z)
        a, b = (
            self.view.size(wide, z) / 2,
            max(4, abs(self.view.at(x, 0, z - deep / 2)[1] - self.view.at(x, 0, z + deep / 2)[1]) / 2),
        )
        size = (int(a * 2.8) + 8, int(b * 2.8) + 8)
        if size[0] > 4000 or size[1] > 3000:
            return
        patch = Image.new("L", (size[0] // 4 + 1, size[1] // 4 + 1), 0)
        w, h = patch.size
        ImageDraw.Draw(patch).ellipse([w * 0.15, h * 0.15, w * 0.85, h * 0.85], fill=strength)
        patch = patch.filter(ImageFilter.GaussianBlur(min(w, h) / 12 + 1)).resize(size)
        self.picture.paste((18, 18, 22), (int(px - size[0] / 2), int(py - size[1] / 2)), patch)

    def glow(
        self, x: float, y: float, z: float, metres: float, colour: tuple[int, int, int], strength: float = 1.0
    ) -> None:
        """Light that spills around a lamp: added, not painted over."""
        px, py = self.view.at(x, y, z)
        radius = max(8, int(self.view.size(metres, z)))
        grid = np.linspace(-1, 1, 96)
        fall = np.clip(1 - np.hypot(grid[:, None], grid[None, :]), 0, 1) ** 2.2 * strength
        spot = Image.fromarray((fall[..., None] * np.array(colour)).clip(0, 255).astype(np.uint8)).resize(
            (2 * radius, 2 * radius)
        )
        where = (int(px - radius), int(py - radius))
        room = self.picture.crop((*where, where[0] + 2 * radius, where[1] + 2 * radius)).convert("RGB")
        lit = np.minimum(np.asarray(room, dtype=np.uint16) + np.asarray(spot, dtype=np.uint16), 255)
        self.picture.paste(Image.fromarray(lit.astype(np.uint8)), where)
