"""Drawn photos: pleasant enough for a demo, small enough for a phone, the same for the same seed."""

import io
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from PIL import Image, ImageStat

from tanggap.demo import pictures
from tanggap.demo.pictures import Wanted
from tanggap.demo.themes import THEMES
from tanggap.lib import images

JAKARTA = ZoneInfo("Asia/Jakarta")


@pytest.mark.parametrize("scene", sorted(pictures.SCENES))
def test_a_scene_has_a_before_and_an_after(scene):
    before, after = (pictures.draw(Wanted(scene, 11, state, "noon")) for state in (False, True))
    for photo in (before, after):
        assert images.check(photo, len(photo)) == images.ImageFacts("jpeg", 1024, 768)
        assert 60_000 < len(photo) < 175_000
        spread = ImageStat.Stat(Image.open(io.BytesIO(photo)).convert("L")).stddev[0]
        assert spread > 25, "a flat picture"
    assert before != after


def test_the_same_seed_draws_the_same_photo_and_another_seed_another():
    assert pictures.draw(Wanted("hole", 5)) == pictures.draw(Wanted("hole", 5))
    assert pictures.draw(Wanted("hole", 5)) != pictures.draw(Wanted("hole", 6))


def test_facts_of_a_camera_are_read_back(tmp_path):
    photo = pictures.draw(Wanted("rubbish", 3))
    at = datetime(2026, 11, 24, 16, 5, 9, tzinfo=JAKARTA)
    path = tmp_path / "photo.jpg"
    path.write_bytes(pictures.with_facts(photo, at, -6.110388, 106.783166))
    facts = images.facts(path, "Asia/Jakarta")
    assert (facts.width, facts.height, facts.taken_at) == (1024, 768, at)
    assert (round(facts.lat, 5), round(facts.lon, 5)) == (-6.11039, 106.78317)


def test_three_frames_of_one_drawing_are_three_files():
    frames = pictures.developed(Wanted("weeds", 8))
    assert len({frame.data for frame in frames}) == 3
    assert len({frame.dhash for frame in frames}) == 3


def test_every_theme_that_wants_a_scene_finds_it():
    assert {theme.scene for theme in THEMES} - {""} <= set(pictures.SCENES)
