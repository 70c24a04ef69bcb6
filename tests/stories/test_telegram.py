"""Telegram through the city's own door: an album is one report, a shared place answers, a changed message is shown as
changed, who blocks the bot hears no more, and nothing that comes twice is two (C01, C04, C09, F26)."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from tanggap.channels import registry
from tanggap.models import Case, ChannelState, Identity, Inbound, Letter, Message, Report, Task
from tanggap.work import lines
from tests import cast as people
from tests.app311 import picture
from tests.world.telegram import Telegram

CLEAR = "Lampu jalan mati di Kelurahan Mawar depan pasar, gelap sekali"
NOWHERE = "Lampu jalan mati, gelap sekali"


@pytest.fixture(name="world")
def _world(story, monkeypatch):
    people.assemble()
    with Telegram() as world:
        given = {
            "token": world.token,
            "way": "webhook",
            "secret": "kata-baru,kata-lama",
            "base_url": world.url,
        }
        for name, value in given.items():
            monkeypatch.setenv(registry.variable("tele", name), value)
        world.webhook = {"url": f"{story.url}/hooks/tele/", "secret_token": "kata-lama"}
        yield world


@pytest.fixture(name="ani")
def _ani(world):
    return world.person()


def work(story, hours: float = 0) -> None:
    story.work(datetime.now(UTC) + timedelta(minutes=2, hours=hours))


def at(minutes: float) -> float:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).timestamp()


def test_an_album_posted_at_once_is_one_report_with_its_pictures(story, world, ani):
    captions = (CLEAR, None, None)
    for place, caption in enumerate(captions):
        photo = [world.keeps(f"foto-{place}", picture()) | {"width": 800, "height": 600}]
        more = {"caption": caption} if caption else {}
        world.says(ani, media_group_id="13900", photo=photo, at=at(0), **more)
    answers: list[int] = []
    posts = [
        threading.Thread(target=lambda said=said: answers.append(world.post(said))) for said in world.pending
    ]
    for post in posts:
        post.start()
    for post in posts:
        post.join()
    work(story)
    report = Report.objects.get()
    photos = [*report.photos.all(), *[one for row in Message.objects.all() for one in row.photos.all()]]
    assert (answers, [one.state for one in photos]) == ([200] * 3, ["ready"] * 3)


def test_a_shared_place_answers_the_question_and_letters_hang_below_her_words(story, world, ani):
    first = world.says(ani, NOWHERE, at=at(0))
    world.deliver()
    work(story)
    assert Case.objects.get().waiting_for == "reporter"
    second = world.says(ani, location={"latitude": people.MAWAR[0], "longitude": people.MAWAR[1]}, at=at(30))
    world.deliver()
    work(story)
    case = Case.objects.get()
    assert (case.status, case.area.name, Report.objects.count()) == ("ASSIGNED", "Mawar", 1)
    below = [one["reply_parameters"]["message_id"] for one in world.letters]
    assert (below[0], below[-1]) == (first["message"]["message_id"], second["message"]["message_id"])


def test_what_comes_twice_or_by_both_ways_is_one(story, world, ani, monkeypatch):
    said = world.says(ani, CLEAR, at=at(0))
    assert [world.post(said) for _ in range(3)] == [200] * 3
    monkeypatch.setenv(registry.variable("tele", "way"), "poll")
    world.webhook = {}
    assert lines.poll_due() == 1
    assert world.pending == []
    work(story)
    assert (Report.objects.count(), Message.objects.count()) == (1, 0)
    assert ChannelState.objects.get(channel__code="tele").failing_since is None


def test_a_wrong_word_is_403_and_nothing_is_kept(story, world, ani):
    said = world.says(ani, CLEAR)
    assert [world.post(said, word) for word in ("salah", "")] == [403, 403]
    assert Inbound.objects.count() == 0


def test_a_changed_message_is_shown_as_changed(story, world, ani):
    first = world.says(ani, CLEAR, at=at(0))
    world.deliver()
    world.changes(first, "Lampunya dua, bukan satu")
    assert world.deliver() == [200]
    work(story)
    assert (Report.objects.count(), Message.objects.get().edited_at is not None) == (1, True)


def test_who_blocks_the_bot_hears_no_more(story, world, ani):
    world.says(ani, CLEAR, at=at(0))
    world.deliver()
    world.blocks(ani)
    assert world.deliver() == [200]
    work(story)
    assert (world.letters, [seen for seen in world.book if seen.path.endswith("sendMessage")]) == ([], [])


def test_who_blocked_it_unheard_is_found_out_by_the_first_letter(story, world, ani):
    world.says(ani, CLEAR, at=at(0))
    world.deliver()
    ani.blocked = True
    work(story)
    assert Identity.objects.get().gone_at is not None
    assert Letter.objects.get(code="received").last_error == "telegram_403_blocked"


def test_a_storm_of_429_is_waited_out(story, world, ani):
    world.says(ani, CLEAR, at=at(0))
    world.deliver()
    world.fail("sendMessage", 429, "Too Many Requests: retry after 600", parameters={"retry_after": 600})
    work(story)
    assert world.letters == []
    work(story, hours=1)
    assert Letter.objects.get(code="received").state == "sent"


def test_what_is_no_report_is_none_and_what_is_unknown_is_a_task(story, world, ani):
    group = {"id": -1_001_234_567_890, "type": "supergroup", "title": "RT 05"}
    world.says(ani, "Jalan rusak", chat=group)
    world.says(ani, sticker={"file_id": "s", "emoji": "👍"})
    world.says(ani, hologram={"file_id": "h"})
    assert world.deliver() == [200] * 3
    work(story)
    assert (Report.objects.count(), world.letters) == (0, [])
    assert [task.kind for task in Task.objects.all()] == [Task.UNREADABLE]
