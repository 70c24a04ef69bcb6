"""Photos from strangers. Pictures are made here, so that no file of anybody lies in the repository."""

import contextlib
import io
import struct
import zlib
from datetime import UTC, datetime

import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tanggap.lib import images

pillow_heif.register_heif_opener()
SAVED_AS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "heic": "HEIF"}


def picture(kind="jpeg", size=(128, 96), exif=None, colour=(200, 40, 40), **more) -> bytes:
    out = io.BytesIO()
    if exif is not None:
        more["exif"] = exif
    Image.new("RGB", size, colour).save(out, SAVED_AS[kind], **more)
    return out.getvalue()


def stored(folder, data: bytes, name="photo"):
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", SAVED_AS)
def test_kind_and_size_are_read_without_decoding(kind, tmp_path):
    data = picture(kind)
    assert images.check(data, len(data)) == images.ImageFacts(kind, 128, 96)
    assert images.inspect(stored(tmp_path, data)) == images.ImageFacts(kind, 128, 96)


@pytest.mark.parametrize("lossless", [True, False])
def test_both_kinds_of_webp_are_read(lossless):
    data = picture("webp", lossless=lossless)
    assert images.check(data, len(data)) == images.ImageFacts("webp", 128, 96)


def test_a_progressive_jpeg_with_a_long_head_is_read(tmp_path):
    data = picture(progressive=True, icc_profile=b"x" * 200_000, comment=b"y" * 60_000)
    assert images.inspect(io.BytesIO(data)) == images.ImageFacts("jpeg", 128, 96)


def test_the_place_in_an_open_file_is_kept():
    file = io.BytesIO(picture())
    file.seek(7)
    images.inspect(file)
    assert file.tell() == 7


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not an image",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"PK\x03\x04" + b"\0" * 100,
        b"%PDF-1.7",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\x00\x01" + b"\xff" * 50,
        b"\xff\xd8\xff" + b"\0" * 2000,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIDAT" + b"\0" * 20,
        b"RIFF\0\0\0\0WEBPVP8X",
        b"GIF89a\0\0\0\0",
        b"\0\0\0\x18ftypheic" + b"\0" * 100,
        b"\0\0\0\x18ftypavif" + b"\0" * 100,
    ],
)
def test_what_is_no_photo_is_refused(data):
    with pytest.raises(images.NotAnImage) as refused:
        images.check(data, len(data))
    assert refused.value.code == "not_an_image"


@given(st.sampled_from(sorted(SAVED_AS)), st.data())
def test_a_cut_or_changed_photo_is_judged_without_a_crash(kind, data):
    whole = bytearray(picture(kind))
    for _ in range(data.draw(st.integers(0, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    with contextlib.suppress(images.NotAnImage, images.TooManyPixels):
        images.check(cut, len(cut))


def enormous_png(side: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (side * 100), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_hundred_megapixels_are_refused():
    data = enormous_png(10_000)
    with pytest.raises(images.TooManyPixels) as refused:
        images.check(data, len(data))
    assert refused.value.code == "too_many_pixels"


def test_twenty_megabytes_are_the_most():
    data = picture()
    with pytest.raises(images.TooBig) as refused:
        images.check(data, 20 * 2**20 + 1)
    assert refused.value.code == "too_big"


def exif(**tags) -> Image.Exif:
    made = Image.Exif()
    details = made.get_ifd(0x8769)
    place = made.get_ifd(0x8825)
    for name, value in tags.items():
        if name == "taken":
            details[0x9003] = value
        elif name == "offset":
            details[0x9011] = value
        elif name == "turned":
            made[0x0112] = value
        elif name == "lat":
            place[1], place[2] = value
        elif name == "lon":
            place[3], place[4] = value
    return made


def facts_of(folder, **tags) -> images.Facts:
    return images.facts(stored(folder, picture(exif=exif(**tags))))


def test_the_cameras_time_and_place_are_read(tmp_path):
    told = facts_of(
        tmp_path,
        taken="2026:03:02 08:30:00",
        lat=("S", (6.0, 12.0, 36.0)),
        lon=("E", (106.0, 48.0, 0.0)),
        turned=6,
    )
    assert told == images.Facts(96, 128, datetime(2026, 3, 2, 1, 30, tzinfo=UTC), -6.21, 106.8)


def test_the_cameras_zone_wins(tmp_path):
    told = facts_of(tmp_path, taken="2026:03:02 08:30:00", offset="+09:00")
    assert told.taken_at == datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "tags",
    [
        {"taken": "0000:00:00 00:00:00"},
        {"taken": "2026-03-02"},
        {"taken": "1980:01:01 00:00:00"},
        {"taken": "\0\0\0"},
        {"lat": ("S", (0.0, 0.0, 0.0)), "lon": ("E", (0.0, 0.0, 0.0))},
        {"lat": ("S", (96.0, 0.0, 0.0)), "lon": ("E", (106.0, 0.0, 0.0))},
        {"lat": ("S", (6.0, 12.0, 36.0))},
    ],
)
def test_garbage_of_the_camera_is_nothing(tmp_path, tags):
    assert facts_of(tmp_path, **tags) == images.Facts(128, 96)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize(
    "junk", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"]
)
def test_a_broken_block_of_the_camera_is_nothing(tmp_path, junk):
    assert images.facts(stored(tmp_path, picture(exif=junk))) == images.Facts(128, 96)


@pytest.mark.parametrize("kind", SAVED_AS)
def test_every_kind_becomes_a_plain_jpeg(kind, tmp_path):
    size = images.reencode(stored(tmp_path, picture(kind, (400, 200))), tmp_path / "out.jpg", 100)
    assert size == (100, 50)
    with Image.open(tmp_path / "out.jpg") as made:
        assert (made.format, made.mode, made.size, dict(made.getexif())) == ("JPEG", "RGB", (100, 50), {})


def test_a_turned_photo_is_put_upright_and_tells_nothing(tmp_path):
    secret = exif(
        turned=6, taken="2026:03:02 08:30:00", lat=("S", (6.0, 12.0, 36.0)), lon=("E", (106.0, 48.0, 0.0))
    )
    source = stored(
        tmp_path, picture(size=(128, 96), exif=secret, comment=b"Ani", icc_profile=b"Ani's phone")
    )
    assert images.reencode(source, tmp_path / "out.jpg") == (96, 128)
    made = (tmp_path / "out.jpg").read_bytes()
    assert [mark for mark in (b"Exif", b"Ani", b"ICC_PROFILE", b"2026") if mark in made] == []
    assert [file.name for file in tmp_path.glob("*.part")] == []


def test_boxes_cover_what_is_under_them_and_nothing_of_the_camera_stays(tmp_path):
    thumbnail = picture(size=(16, 12), colour=(1, 2, 250))
    held = exif(
        turned=6, taken="2026:03:02 08:30:00", lat=("S", (6.0, 12.0, 36.0)), lon=("E", (106.0, 48.0, 0.0))
    )
    block = held.tobytes() + thumbnail
    data = picture(
        size=(400, 200), exif=block, xmp=b"<x:xmpmeta>Ani</x:xmpmeta>", comment=b"Ani", colour="white"
    )
    out = tmp_path / "out.jpg"
    assert thumbnail in data
    boxes = [[0.1, 0.25, 0.5, 0.25], [0.9, 0.9, 0.5, 0.5]]
    assert images.in_child("cover", stored(tmp_path, data), out, boxes) == (200, 400)
    with Image.open(out) as made:
        assert (made.format, made.mode, dict(made.getexif()), made.info.get("xmp")) == (
            "JPEG",
            "RGB",
            {},
            None,
        )
        light = made.convert("L")
    for x, y in [(21, 101), (70, 150), (118, 198), (182, 362), (199, 399)]:
        assert light.getpixel((x, y)) < 8, (x, y)
    for x, y in [(10, 150), (130, 150), (70, 90), (70, 210), (170, 350)]:
        assert light.getpixel((x, y)) > 247, (x, y)
    data = out.read_bytes()
    assert [mark for mark in (b"Exif", b"Ani", b"http://ns.adobe.com", b"2026") if mark in data] == []
    assert data.count(b"\xff\xd8\xff") == 1  # one picture, no thumbnail in it
    assert [file.name for file in tmp_path.glob("*.part")] == []


def test_what_is_clear_becomes_white(tmp_path):
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    images.reencode(tmp_path / "clear.png", tmp_path / "out.jpg")
    with Image.open(tmp_path / "out.jpg") as made:
        assert made.getpixel((4, 4)) == (255, 255, 255)


def test_a_hash_survives_scaling_and_fits_a_bigint(tmp_path):
    def gradient(size):
        return Image.linear_gradient("L").rotate(30).resize(size)

    gradient((640, 480)).save(tmp_path / "a.jpg")
    gradient((320, 240)).save(tmp_path / "b.jpg", quality=50)
    Image.linear_gradient("L").rotate(200).resize((640, 480)).save(tmp_path / "c.jpg")
    a, b, c = (images.dhash(tmp_path / f"{name}.jpg") for name in "abc")
    assert -(2**63) <= a < 2**63
    assert ((a ^ b) & (2**64 - 1)).bit_count() <= 4 < ((a ^ c) & (2**64 - 1)).bit_count()


# ---- in the child ----


def test_the_child_gives_the_same_answers(tmp_path):
    path = stored(tmp_path, picture(exif=exif(taken="2026:03:02 08:30:00")))
    assert images.in_child("facts", path, "Asia/Jakarta") == images.facts(path)
    assert images.in_child("reencode", path, tmp_path / "out.jpg", 32) == (32, 24)
    assert images.in_child("dhash", path) == images.dhash(path)


def test_the_child_tells_why_it_refused(tmp_path):
    with pytest.raises(images.TooManyPixels):
        images.in_child("facts", stored(tmp_path, enormous_png(10_000)))
    with pytest.raises(images.NotAnImage):
        images.in_child("facts", stored(tmp_path, b"words"))


def test_a_broken_photo_ends_only_the_child(tmp_path):
    whole = picture(size=(640, 480))
    with pytest.raises(images.BrokenImage):
        images.in_child("reencode", stored(tmp_path, whole[:900]), tmp_path / "out.jpg")
    assert not (tmp_path / "out.jpg").exists()


def test_a_hungry_photo_ends_only_the_child(tmp_path):
    with pytest.raises(images.BrokenImage):
        images.in_child("reencode", stored(tmp_path, enormous_png(7000)), tmp_path / "out.jpg", memory_mb=160)


def test_a_slow_photo_ends_only_the_child(tmp_path):
    with pytest.raises(images.TookTooLong):
        images.in_child("reencode", stored(tmp_path, picture()), tmp_path / "out.jpg", seconds=0.01)
