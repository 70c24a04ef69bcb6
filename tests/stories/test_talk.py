"""Talking both ways, whatever the channel: what is promised to all of them, through the webhook's door."""

import json
import threading
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tanggap.channels.base import SendResult
from tanggap.models import (
    Case,
    Channel,
    ChannelState,
    Event,
    Identity,
    Inbound,
    Letter,
    Message,
    Report,
    Reporter,
    Task,
)
from tests import cast as people
from tests.app311 import picture
from tests.talk import KEY, talking

NOW = datetime.now(UTC).replace(microsecond=0)
CLEAR = "Lampu jalan mati di Kelurahan Mawar depan pasar, gelap sekali"
NOWHERE = "Lampu jalan mati, gelap sekali"


@pytest.fixture
def world(monkeypatch, story):
    people.assemble()
    with talking(monkeypatch) as providers:
        yield providers


class Talk:
    """Somebody at a channel: each call is one request of the provider."""

    def __init__(self, story, channel="gema", who="u1"):
        self.story, self.channel, self.who, self.count = story, channel, who, 0

    def say(self, words="", *, minutes=0, **more):
        self.count += 1
        return self.post([self.entry(words, minutes=minutes, **more)])

    def entry(self, words="", *, minutes=0, **more):
        at = (NOW + timedelta(minutes=minutes)).isoformat()
        return {"id": f"{self.who}-{self.count}", "from": self.who, "words": words, "at": at} | more

    def post(self, entries, key=KEY):
        body = json.dumps(entries)
        return httpx.post(
            f"{self.story.url}/hooks/{self.channel}/", content=body, headers={"X-Key": key}, timeout=30
        )


@pytest.fixture
def ani(story, world):
    return Talk(story)


def work(story, hours=0):
    return story.work(datetime.now(UTC) + timedelta(seconds=5, hours=hours))


def test_a_report_gets_its_number_back_where_it_came_from(story, world, ani):
    assert ani.say(CLEAR, lat=people.MAWAR[0], lon=people.MAWAR[1]).status_code == 200
    work(story)
    report, letter = Report.objects.get(), world["gema"].got[0]
    assert (letter.code, letter.to, report.number in letter.text) == ("received", "u1", True)
    assert f"/l/{report.number}/" in letter.text
    assert Letter.objects.get(code="received").state == "sent"
    assert Case.objects.get().status != "NEW"


def test_a_wrong_key_is_refused_and_nothing_is_kept(story, world, ani):
    assert ani.post([ani.entry(CLEAR)], key="salah").status_code == 403
    assert (Inbound.objects.count(), Report.objects.count()) == (0, 0)


def test_a_channel_that_is_switched_off_or_not_set_up_is_not_there(story, world, ani, monkeypatch):
    ChannelState.objects.create(channel=Channel.objects.get(code="gema"), on=False)
    assert ani.say(CLEAR).status_code == 404
    assert Talk(story, "loket").say(CLEAR).status_code == 404


def test_what_is_missing_is_asked_for_and_the_answer_routes_it(story, world, ani):
    ani.say(NOWHERE)
    work(story)
    case = Case.objects.get()
    assert (case.status, case.waiting_for) == ("NEW", "reporter")
    assert world["gema"].codes() == ["clarify"]
    ani.say("Di Kelurahan Mawar, depan pasar", minutes=30)
    work(story)
    case.refresh_from_db()
    assert (case.status, case.waiting_for, case.area.name) == ("ASSIGNED", "", "Mawar")
    assert Report.objects.count() == 1
    assert not case.tasks.filter(done_at=None).exists()


def test_a_shared_location_answers_the_question(story, world, ani):
    ani.say(NOWHERE)
    work(story)
    ani.say("", minutes=30, lat=people.MAWAR[0], lon=people.MAWAR[1])
    work(story)
    case = Case.objects.get()
    assert (case.status, case.lat, case.area.name) == ("ASSIGNED", people.MAWAR[0], "Mawar")


def test_silence_ends_it_honestly(story, world, ani):
    ani.say(NOWHERE)
    work(story)
    work(story, hours=4 * 24)
    case = Case.objects.get()
    assert (case.status, case.reason_id and case.reason.code) == ("CLOSED", "place_unknown")
    assert world["gema"].codes() == ["clarify", "gave_up"]


def test_several_quick_messages_are_one_report_and_a_later_one_is_a_new(story, world, ani):
    ani.say(CLEAR)
    ani.say("Sudah tiga hari", minutes=2)
    ani.say("Ada got mampet di Kelurahan Kenanga", minutes=60)
    work(story)
    assert Report.objects.count() == 2
    assert Message.objects.get().report == Report.objects.order_by("id").first()
    assert Reporter.objects.count() == 1


def test_an_album_in_one_request_is_one_report_with_its_pictures(story, world, ani):
    world["gema"].files = {name: picture() for name in "ab"}
    entries = [ani.entry(CLEAR, id="a1", thread="album", files=["a"]),
               ani.entry("", id="a2", thread="album", files=["b"])]  # fmt: skip
    assert ani.post(entries).status_code == 200
    work(story)
    report, message = Report.objects.get(), Message.objects.get()
    assert [one.state for one in (*report.photos.all(), *message.photos.all())] == ["ready", "ready"]


def test_the_same_message_eight_times_at_once_and_days_later_is_one(story, world, ani):
    entries = [ani.entry(CLEAR, id="wamid-1")]
    threads = [threading.Thread(target=ani.post, args=(entries,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ani.post(entries).status_code == 200
    work(story)
    assert (Report.objects.count(), Message.objects.count(), world["gema"].codes()) == (
        1,
        0,
        ["received", "arrived"],
    )


def test_a_later_message_told_again_is_stored_once(story, world, ani):
    ani.say(CLEAR)
    entry = ani.entry("Sudah tiga hari", id="m2", minutes=1)
    ani.post([entry])
    ani.post([entry | {"at": entry["at"]}])
    assert Message.objects.count() == 1


def test_a_reply_to_our_letter_finds_its_report_after_days(story, world, ani):
    ani.say(CLEAR)
    work(story)
    ani.say("Masih gelap", minutes=3 * 24 * 60, replies_to=["gema-1"])
    assert (Report.objects.count(), Message.objects.get().proven) == (1, True)


def test_words_of_somebody_else_on_the_thread_are_kept_apart(story, world, ani):
    ani.say(CLEAR)
    work(story)
    Talk(story, who="u2").say("Batalkan saja laporannya", minutes=60, replies_to=["gema-1"])
    message = Message.objects.get()
    assert (message.proven, Event.objects.filter(verb="case.overheard").count()) == (False, 1)
    assert not Event.objects.filter(verb="case.answered").exists()


ORDERS = (["read", "delivered"], ["delivered", "failed", "read"], ["failed", "delivered", "read"])


@pytest.mark.parametrize("order", ORDERS)
def test_states_in_any_order_end_right(story, world, ani, order):
    ani.say(CLEAR)
    work(story)
    Letter.objects.exclude(code="received").filter(report__isnull=False).delete()
    for place, state in enumerate(order):
        ani.post([ani.entry(type="delivery", id=f"d{place}", state=state, of="gema-1")])
    assert Letter.objects.get(code="received").state == "read"


def test_a_state_that_comes_before_we_know_the_name_is_matched_late(story, world, ani):
    ani.post([ani.entry(type="delivery", id="d1", state="delivered", of="gema-1")])
    ani.say(CLEAR)
    work(story)
    assert Letter.objects.get(code="received").state == "delivered"


def test_read_up_to_a_moment_is_read_for_all_before_it(story, world, ani):
    ani.say(CLEAR)
    work(story)
    later = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    ani.post([ani.entry(type="delivery", id="d1", state="read", of="to:u1") | {"at": later}])
    sent = Letter.objects.filter(account="gema")
    assert set(sent.values_list("state", flat=True)) == {"read"}
    ani.post([ani.entry(type="delivery", id="d2", state="delivered", of="to:u2") | {"at": later}])
    assert set(sent.values_list("state", flat=True)) == {"read"}


def test_a_provider_that_is_away_holds_up_nobody_else_and_all_goes_afterwards_in_order(story, world, ani):
    world["gema"].answers = [SendResult("failed", "away", down=True)]
    ani.say(CLEAR)
    Talk(story, "angin", "v1").say(CLEAR)
    work(story)
    assert (world["gema"].codes(), world["angin"].codes()[0]) == ([], "received")
    state = ChannelState.objects.get(channel__code="gema")
    assert (state.failing_since is not None, state.last_error) == (True, "away")
    world["gema"].answers = []
    work(story, hours=1)
    assert world["gema"].codes() == ["received", "arrived"]
    assert ChannelState.objects.get(channel__code="gema").failing_since is None


def test_an_unknown_letter_is_never_sent_again_by_itself(story, world, ani):
    world["gema"].answers = [SendResult("unknown", "timeout"), SendResult("sent")]
    ani.say(CLEAR)
    work(story)
    work(story, hours=30)
    assert Letter.objects.get(code="received").state == "unknown"
    assert "received" not in world["gema"].codes()


def test_when_nobody_lives_there_it_stands_on_the_page(story, world, ani):
    world["gema"].answers = [SendResult("failed", "blocked", gone=True)]
    ani.say(CLEAR)
    work(story)
    letter = Letter.objects.get(code="received")
    assert (letter.state, letter.last_error) == ("failed", "blocked")
    assert Identity.objects.get().gone_at is not None
    assert Letter.objects.get(code="arrived").state == "on_page"


def test_stop_is_obeyed_and_start_begins_again(story, world, ani):
    ani.say(CLEAR)
    ani.say(type="command", verb="stop")
    work(story)
    assert world["gema"].codes() == []
    ani.say(type="command", verb="start")
    ani.say("Got mampet di Kelurahan Mawar", minutes=90)
    work(story, hours=2)
    assert "received" in world["gema"].codes()


def test_status_tells_what_the_number_tells_anybody(story, world, ani):
    ani.say(CLEAR)
    work(story)
    number = Report.objects.get().number
    Talk(story, who="u9").say(type="command", verb="status", argument=number.lower())
    Talk(story, who="u8").say(type="command", verb="status", argument="MK9")
    work(story)
    told = {letter.to: letter.text for letter in world["gema"].got if letter.code == "status"}
    assert ("Mawar" in told["u9"], "gelap" in told["u9"], "/l/" in told["u9"]) == (True, False, False)
    assert "STATUS" in told["u8"]


def test_changed_and_taken_back_words(story, world, ani):
    ani.say(CLEAR, visibility="public")
    first = f"{ani.who}-{ani.count}"
    ani.say("Lampunya dua, bukan satu", type="edit", of=first)
    work(story)
    assert Message.objects.get().edited_at is not None
    assert Report.objects.get().visibility == "public"
    ani.say(type="withdrawal", of=first)
    assert (Report.objects.get().visibility, Case.objects.get().visibility) == ("private", "private")


def test_echoes_are_nothing_and_strange_things_a_task(story, world, ani):
    ani.say(type="echo")
    ani.say(type="strange")
    work(story)
    assert (Report.objects.count(), world["gema"].codes()) == (0, [])
    assert Task.objects.get().kind == Task.UNREADABLE
    assert sorted(Inbound.objects.values_list("outcome", flat=True)) == ["ignored:echo", "unreadable:type"]


def test_a_new_address_told_by_the_provider_gets_the_letters(story, world, ani):
    ani.say(CLEAR)
    ani.say(type="moved", to="u77")
    work(story)
    assert {letter.to for letter in world["gema"].got} == {"u77"}


def test_two_machines_that_answer_each_other_fall_silent(story, world, ani):
    for place in range(6):
        ani.say(CLEAR, minutes=20 * place)
    work(story, hours=3)
    assert world["gema"].codes().count("received") == 3
