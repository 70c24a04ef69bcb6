"""Photos nobody took: street scenes drawn by rules, before and after, with the light and grain of a phone.

No model and no file of others is used; the same seed always gives the same picture.
"""

import io
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
from PIL import Image, ImageEnhance

from tanggap.demo.drawing import view as v
from tanggap.demo.drawing.scenes import SCENES, Scene
from tanggap.lib import images

QUALITY = 79
FRAMES = 3  # prints of one drawing
BY_DAY = ("morning", "noon", "cloudy", "late")


@dataclass(frozen=True)
class Wanted:
    """One photo to draw. `after` is the same place once it was mended; `light` is one of drawing.view.LIGHTS."""

    scene: str
    seed: int
    after: bool = False
    light: str = "noon"


def draw(wanted: Wanted) -> bytes:
    """The photo as JPEG, 1024 x 768, without any facts of a camera."""
    view = v.View(wanted.seed, wanted.light, step=7 if wanted.after else 0)
    scene = Scene(view, wanted.after)
    SCENES[wanted.scene](scene)
    picture = finished(scene.picture(), view)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def finished(picture: Image.Image, view: v.View) -> Image.Image:
    """What a phone does to a scene: held askew, darker corners, grain."""
    picture = picture.transform(
        picture.size, Image.Transform.AFFINE, askew(view.tilt), Image.Resampling.BILINEAR
    )
    pixels = np.asarray(picture, np.float32) * np.float32(1 / 255)
    # a gentle S: shadows deeper, lights softer
    pixels = pixels * (0.86 + 0.14 * pixels * (3 - 2 * pixels))
    pixels *= corners()[..., None]
    shift = view.seed * 37 % v.TILE
    grain = np.roll(v.noise(90, 0.05), shift, (0, 1)) - 0.5
    stain = np.roll(v.noise(91, 1.0), shift, (0, 1)) - 0.5
    strength = 0.085 if view.light.dark else 0.055
    both = np.tile(grain * strength + stain * 0.05, (2, 2))[: v.HEIGHT, : v.WIDTH]
    pixels += both[..., None]
    return Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))


def askew(tilt: float) -> tuple[float, ...]:
    """Turned around the middle by `tilt` degrees, and enlarged so that no corner is empty."""
    turn, scale = np.radians(tilt), 0.955
    a, b = np.cos(turn) * scale, np.sin(turn) * scale
    x, y = v.WIDTH / 2, v.HEIGHT / 2
    return a, b, x - a * x - b * y, -b, a, y + b * x - a * y


@lru_cache(maxsize=1)
def corners() -> np.ndarray:
    rows, columns = np.mgrid[-1 : 1 : v.HEIGHT * 1j, -1 : 1 : v.WIDTH * 1j]
    return (1 - 0.20 * np.clip(rows**2 * 0.8 + columns**2 * 0.9 - 0.35, 0, None)).astype(np.float32)


@dataclass(frozen=True)
class Print:
    """One JPEG without facts, and its hash of looks."""

    data: bytes
    dhash: int


def developed(wanted: Wanted) -> list[Print]:
    """A drawing and two more frames of it: nearer and mirrored, nearer and brighter. Runs in a process of its own."""
    base = draw(wanted)
    frames = [base]
    with Image.open(io.BytesIO(base)) as picture:
        wide, high = picture.size
        mirrored = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).crop(
            (wide // 14, 0, wide, high - high // 14)
        )
        closer = ImageEnhance.Brightness(picture.crop((0, high // 9, wide - wide // 9, high))).enhance(1.07)
        for frame in (mirrored, closer):
            out = io.BytesIO()
            frame.save(out, "JPEG", quality=82)
            frames.append(out.getvalue())
    return [Print(data, images.dhash(io.BytesIO(data))) for data in frames]


def with_facts(photo: bytes, at: datetime, lat: float | None, lon: float | None) -> bytes:
    """The same photo with what a phone writes into it: when (local time with its zone) and, if given, where."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Tanggap", "Demo"
    own = exif.get_ifd(0x8769)
    own[0x9003] = at.strftime("%Y:%m:%d %H:%M:%S")
    zone = at.strftime("%z") or "+0000"
    own[0x9011] = f"{zone[:3]}:{zone[3:]}"
    if lat is not None and lon is not None:
        place = exif.get_ifd(0x8825)
        place[1], place[2] = ("S" if lat < 0 else "N"), degrees(abs(lat))
        place[3], place[4] = ("W" if lon < 0 else "E"), degrees(abs(lon))
    block = b"Exif\0\0" + exif.tobytes().removeprefix(b"Exif\0\0")
    # behind the two bytes that open a JPEG; the pixels stay untouched
    return photo[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + photo[2:]


def degrees(value: float) -> tuple[float, float, float]:
    whole = int(value)
    minutes = int((value - whole) * 60)
    return float(whole), float(minutes), round((value - whole) * 3600 - minutes * 60, 3)
