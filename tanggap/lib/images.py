"""Photos from strangers: looked at without decoding, decoded only in a child process with limits.

In a request `inspect` reads a few bytes: kind, width, height. Everything that decodes (`facts`, `reencode`,
`dhash`) runs in the worker by `in_child`, so that a picture made to hurt ends a child and nothing else.
"""

import contextlib
import errno
import io
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from tanggap.lib.files import is_full

MAX_BYTES = 20 * 2**20
MAX_PIXELS = 50_000_000
INK = (0, 0, 0)  # of the boxes over what nobody may see
SUFFIXES = {"jpeg": ".jpg", "png": ".png", "webp": ".webp", "gif": ".gif", "heic": ".heic"}
MEDIA_TYPES = {kind: f"image/{kind}" for kind in SUFFIXES}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
NO_ROOM = "no_room"  # how the child says that the disk is full
_GPS, _EXIF = 0x8825, 0x8769


class ImageError(ValueError):
    """`code` names the reason for whoever words it."""

    code = "broken_image"


class NotAnImage(ImageError):
    """No JPEG, PNG, WebP, GIF or HEIC, or cut off before its dimensions."""

    code = "not_an_image"


class TooManyPixels(ImageError):
    """More than 50 million pixels: decoding would take too much memory."""

    code = "too_many_pixels"


class TooBig(ImageError):
    """More than 20 MB."""

    code = "too_big"


class BrokenImage(ImageError):
    """It looked like a picture and could not be decoded within the limits."""


class TookTooLong(Exception):
    """The machine is too busy to decode now: no fault of the picture's, which may not cost more processor time."""


@dataclass(frozen=True)
class ImageFacts:
    """What the first bytes tell."""

    kind: str
    width: int
    height: int


@dataclass(frozen=True)
class Facts:
    """What the camera wrote, as far as it is credible. Width and height are those of the upright picture."""

    width: int
    height: int
    taken_at: datetime | None = None
    lat: float | None = None
    lon: float | None = None


# ---- without decoding ----


def check(head: bytes, size: int) -> ImageFacts:
    """`inspect` for bytes in memory; `size` is that of the whole file."""
    return _checked(io.BytesIO(head), size)


def inspect(source: Path | str | BinaryIO) -> ImageFacts:
    """Kind and dimensions of a file or an open one, whose position is kept.

    Raises NotAnImage, TooManyPixels or TooBig.
    """
    if isinstance(source, (str, Path)):
        with open(source, "rb") as file:
            return inspect(file)
    before = source.tell()
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    try:
        return _checked(source, size)
    finally:
        source.seek(before)


def _checked(file: BinaryIO, size: int) -> ImageFacts:
    if size > MAX_BYTES:
        raise TooBig
    try:
        kind = _kind(file.read(32))
        width, height = _DIMENSIONS[kind](file)
    except (KeyError, IndexError, ValueError, EOFError):
        raise NotAnImage from None
    if width < 1 or height < 1:
        raise NotAnImage
    if width * height > MAX_PIXELS:
        raise TooManyPixels
    return ImageFacts(kind, width, height)


def _kind(head: bytes) -> str:
    if head[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "heic"
    raise NotAnImage


def _read(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) != length:
        raise EOFError
    return data


def _jpeg_size(file: BinaryIO) -> tuple[int, int]:
    """Walks the segments to the frame's header."""
    file.seek(2)
    for _ in range(1000):
        while _read(file, 1) != b"\xff":
            pass
        marker = 0xFF
        while marker == 0xFF:
            marker = _read(file, 1)[0]
        if marker in (0x01, *range(0xD0, 0xD8)):
            continue
        length = int.from_bytes(_read(file, 2))
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            frame = _read(file, 5)
            return int.from_bytes(frame[3:5]), int.from_bytes(frame[1:3])
        if length < 2 or marker in (0xD9, 0xDA):
            raise ValueError
        file.seek(length - 2, os.SEEK_CUR)
    raise ValueError


def _png_size(file: BinaryIO) -> tuple[int, int]:
    file.seek(8)
    header = _read(file, 16)
    if header[4:8] != b"IHDR":
        raise ValueError
    return int.from_bytes(header[8:12]), int.from_bytes(header[12:16])


def _gif_size(file: BinaryIO) -> tuple[int, int]:
    file.seek(6)
    return int.from_bytes(_read(file, 2), "little"), int.from_bytes(_read(file, 2), "little")


def _webp_size(file: BinaryIO) -> tuple[int, int]:
    file.seek(12)
    form, data = _read(file, 8)[:4], _read(file, 10)
    if form == b"VP8X":
        return int.from_bytes(data[4:7], "little") + 1, int.from_bytes(data[7:10], "little") + 1
    if form == b"VP8L" and data[0] == 0x2F:
        bits = int.from_bytes(data[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF
    raise ValueError


def _heic_size(file: BinaryIO) -> tuple[int, int]:
    """The largest of the pictures inside: tiles and thumbnails have their own entries."""
    file.seek(0)
    meta = _box(file, b"meta", MAX_BYTES)
    inside = io.BytesIO(meta[4:])
    properties = io.BytesIO(_box(io.BytesIO(_box(inside, b"iprp", len(meta))), b"ipco", len(meta)))
    sizes: list[tuple[int, int]] = []
    with contextlib.suppress(EOFError):
        while len(sizes) < 10_000:
            entry = _box(properties, b"ispe", len(meta))
            sizes.append((int.from_bytes(entry[4:8]), int.from_bytes(entry[8:12])))
    return max(sizes, key=lambda size: size[0] * size[1])


def _box(file: BinaryIO, wanted: bytes, limit: int) -> bytes:
    """The contents of the next box of this name. Raises EOFError when there is none."""
    while True:
        length, name = int.from_bytes(_read(file, 4)), _read(file, 4)
        head = 8
        if length == 1:
            length, head = int.from_bytes(_read(file, 8)), 16
        if length < head or length > limit:
            raise EOFError
        if name == wanted:
            return _read(file, length - head)
        file.seek(length - head, os.SEEK_CUR)


_DIMENSIONS = {"jpeg": _jpeg_size, "png": _png_size, "gif": _gif_size, "webp": _webp_size, "heic": _heic_size}


# ---- decoding: call these by in_child ----


def facts(path: Path | str, tz: str | tzinfo = "Asia/Jakarta") -> Facts:
    """Dimensions, and the camera's time (in `tz` if it names no zone) and place. Garbage is None."""
    zone = ZoneInfo(tz) if isinstance(tz, str) else tz
    with _opened(path) as image:
        exif, upright = {}, (image.width, image.height)
        place: dict = {}
        with contextlib.suppress(Exception):  # a parser of strangers' bytes raises whatever it likes
            exif = image.getexif()
            if exif.get(0x0112) in (5, 6, 7, 8):
                upright = (image.height, image.width)
            place = exif.get_ifd(_GPS)
        lat = _degrees(place, 1, 2, 90)
        lon = _degrees(place, 3, 4, 180)
        if lat is None or lon is None or (lat, lon) == (0, 0):
            lat = lon = None  # (0, 0) is what cameras write that know no place
        return Facts(*upright, _taken_at(exif, zone), lat, lon)


def _taken_at(exif, zone: tzinfo) -> datetime | None:
    with contextlib.suppress(Exception):
        details = exif.get_ifd(_EXIF)
        told = str(details.get(0x9003) or exif.get(0x0132)).strip("\0 ")
        at = datetime.strptime(told, "%Y:%m:%d %H:%M:%S")
        offset = str(details.get(0x9011) or "").strip("\0 ")
        aware = at.replace(tzinfo=zone)
        with contextlib.suppress(ValueError):
            aware = datetime.strptime(f"{told} {offset}", "%Y:%m:%d %H:%M:%S %z")
        return aware if 1990 <= aware.year < 2200 else None
    return None


def _degrees(place: dict, sign_tag: int, value_tag: int, most: int) -> float | None:
    with contextlib.suppress(Exception):
        degrees, minutes, seconds = (float(part) for part in place[value_tag])
        value = degrees + minutes / 60 + seconds / 3600
        if not 0 <= value <= most:  # NaN fails here too
            return None
        return -value if str(place.get(sign_tag)).strip("\0 ").upper() in ("S", "W") else value
    return None


def reencode(src: Path | str, dst: Path | str, max_side: int = 1600) -> tuple[int, int]:
    """Writes an upright JPEG in RGB without any metadata, at most `max_side` long. Gives (width, height)."""
    return _save(_plain(src, max_side), dst)


def cover(
    src: Path | str, dst: Path | str, boxes: Sequence[Sequence[float]], max_side: int = 1600
) -> tuple[int, int]:
    """`reencode` with filled rectangles over what nobody may see: each box is [x, y, width, height] in fractions of
    the upright picture, widened to whole pixels."""
    from PIL import ImageDraw

    plain = _plain(src, max_side)
    draw = ImageDraw.Draw(plain)
    wide, high = plain.size
    for x, y, width, height in boxes:
        left, top = math.floor(x * wide), math.floor(y * high)
        right, bottom = math.ceil((x + width) * wide), math.ceil((y + height) * high)
        draw.rectangle((left, top, max(left, right - 1), max(top, bottom - 1)), fill=INK)
    return _save(plain, dst)


def _plain(src: Path | str, max_side: int):
    """Upright, RGB, at most `max_side` long, and nothing but pixels: no metadata, no thumbnail."""
    from PIL import Image, ImageOps

    with _opened(src) as image:
        image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
        upright = ImageOps.exif_transpose(image)
        if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
            clear = upright.convert("RGBA")
            upright = Image.new("RGB", clear.size, "white")
            upright.paste(clear, mask=clear.getchannel("A"))
        plain = Image.new("RGB", upright.size)
        plain.paste(upright.convert("RGB"))
    return plain


def _save(plain, dst: Path | str) -> tuple[int, int]:
    with tempfile.NamedTemporaryFile(dir=Path(dst).parent, suffix=".part", delete=False) as file:
        try:
            plain.save(file, "JPEG", quality=82, optimize=True)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o640)
            os.replace(file.name, dst)
        except BaseException:
            os.unlink(file.name)
            raise
    return plain.size


def dhash(path: Path | str) -> int:
    """64 bits that change little when a picture is scaled or recompressed; signed, as a bigint is."""
    from PIL import Image, ImageOps

    with _opened(path) as image:
        image.draft("L", (256, 256))
        small = ImageOps.exif_transpose(image).convert("L").resize((9, 8), Image.Resampling.BOX)
    rows = [small.crop((0, y, 9, y + 1)).tobytes() for y in range(8)]
    bits = "".join("1" if left > right else "0" for row in rows for left, right in pairwise(row))
    return int.from_bytes(int(bits, 2).to_bytes(8), signed=True)


@contextlib.contextmanager
def _opened(path: Path | str):
    """The picture, with any failure of its decoder as BrokenImage. Only the kinds we take are tried."""
    import pillow_heif
    from PIL import Image

    inspect(path)
    Image.init()
    pillow_heif.register_heif_opener()
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(path, formats=("JPEG", "PNG", "WEBP", "GIF", "HEIF")) as image:
            yield image
    except ImageError:
        raise
    except Exception as error:
        raise BrokenImage(f"{type(error).__name__}: {error}") from error


# ---- the child ----


def develop(path: Path | str, copy: Path | str, tz: str) -> dict[str, Any]:
    """All a photo needs, in one child: `facts` of the original, the clean copy, its `size` and `dhash`."""
    told = facts(path, tz)
    return {"facts": asdict(told), "size": reencode(path, copy), "dhash": dhash(copy)}


DECODERS: dict[str, Callable[..., Any]] = {
    "facts": facts,
    "reencode": reencode,
    "cover": cover,
    "dhash": dhash,
    "develop": develop,
}


def in_child(name: str, *args, seconds: int = 20, memory_mb: int = 1024):
    """Runs one of DECODERS in a process of its own.

    Raises what they raise, BrokenImage on any crash or when processor time or memory run out, TookTooLong when the
    machine gave it too little of its time, and OSError when the disk has no room for a copy.
    """
    told = json.dumps([str(arg) if isinstance(arg, Path) else arg for arg in args])
    command = [sys.executable, "-m", "tanggap.lib.images", name, told, str(seconds), str(memory_mb)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    try:
        done = subprocess.run(command, capture_output=True, timeout=3 * seconds, env=environment)
        answer = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise TookTooLong(f"not decoded within {3 * seconds} s") from None
    except ValueError:
        raise BrokenImage(f"the decoder ended with {done.returncode}") from None
    if answer.get("error") == NO_ROOM:
        raise OSError(errno.ENOSPC, "no room for the copy of a picture")
    if "error" in answer:
        known = {kind.code: kind for kind in (NotAnImage, TooManyPixels, TooBig)}
        raise known.get(answer["error"], BrokenImage)(answer["words"])
    value = answer["value"]
    if name == "facts":
        return _facts(value)
    if name == "develop":
        return value | {"facts": _facts(value["facts"])}
    return tuple(value) if isinstance(value, list) else value


def _facts(value: dict[str, Any]) -> Facts:
    taken_at = value.pop("taken_at")
    return Facts(**value, taken_at=datetime.fromisoformat(taken_at) if taken_at else None)


def _limit_ourselves(seconds: int, memory_mb: int) -> None:
    import resource

    with contextlib.suppress(ValueError, OSError):  # macOS knows no limit of address space
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _child(name: str, told: str, seconds: str, memory_mb: str) -> None:
    _limit_ourselves(int(seconds), int(memory_mb))
    try:
        value = DECODERS[name](*json.loads(told))
        answer = {"value": asdict(value) if isinstance(value, Facts) else value}
    except ImageError as error:
        answer = {"error": error.code, "words": str(error)}
    except OSError as error:
        if not is_full(error):
            raise
        answer = {"error": NO_ROOM}  # no fault of the picture's
    print(json.dumps(answer, default=datetime.isoformat))


if __name__ == "__main__":
    _child(*sys.argv[1:])
