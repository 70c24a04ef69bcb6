"""How updates come: posted with the agreed word, or asked for; the webhook is watched (F26)."""

import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tanggap.channels.base import Account, Asked, Command, Edit, Heard, Submission, Trouble
from tanggap.channels.telegram import TELEGRAM, updates
from tests.world import telegram
from tests.world.server import Says

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
HOOK = "https://tanggap.example/hooks/tele/"


@pytest.fixture(name="world")
def _world():
    with telegram.Telegram() as world:
        yield world


def account(world: telegram.Telegram, *, cursor: Mapping[str, Any] | None = None, **more: str) -> Account:
    given = {one.name: one.default for one in TELEGRAM.settings}
    given |= {"token": world.token, "base_url": world.url, "wait": "0", "seconds": "2", **more}
    return Account("tele", "telegram", given, cursor or {}, NOON)


class Ears:
    def __init__(self, broken: int = 0):
        self.heard: list[Heard] = []
        self.broken = broken

    def __call__(self, heard):
        if self.broken:
            self.broken -= 1
            raise RuntimeError("the database is away")
        self.heard += heard

    @property
    def words(self) -> list[str]:
        return [one.words for one in self.heard if isinstance(one, Submission)]


# ---- asked for ----


def test_what_is_new_is_heard_and_taken_away_only_after_the_commit(world):
    ani = world.person()
    world.says(ani, "Jalan rusak")
    world.says(ani, "Lampu mati")
    ears = Ears()
    assert TELEGRAM.poll(account(world), ears) == {}
    assert (ears.words, world.pending) == (["Jalan rusak", "Lampu mati"], [])


def test_nothing_is_taken_away_where_it_could_not_be_kept(world):
    world.says(world.person(), "Jalan rusak")
    with pytest.raises(RuntimeError):
        TELEGRAM.poll(account(world), Ears(broken=1))
    ears = Ears()
    TELEGRAM.poll(account(world), ears)
    assert ears.words == ["Jalan rusak"]


def test_killed_between_commit_and_the_next_question_the_same_comes_with_the_same_name(world, monkeypatch):
    world.says(world.person(), "Jalan rusak")
    first, again = Ears(), Ears()
    monkeypatch.setattr(updates, "MOST_ROUNDS", 1)
    assert TELEGRAM.poll(account(world), first) == {"offset": 90_000_002}
    TELEGRAM.poll(account(world), again)  # the cursor was lost with the process
    assert first.heard == again.heard


def test_the_cursor_goes_on_where_it_stopped(world, monkeypatch):
    ani = world.person()
    monkeypatch.setattr(updates, "MOST_ROUNDS", 2)
    monkeypatch.setattr(updates, "AT_ONCE", 2)
    for number in range(5):
        world.says(ani, f"Laporan {number}")
    ears = Ears()
    cursor = TELEGRAM.poll(account(world), ears)
    assert (ears.words, cursor) == ([f"Laporan {number}" for number in range(4)], {"offset": 90_000_005})
    assert TELEGRAM.poll(account(world, cursor=cursor), ears) == {}
    assert ears.words == [f"Laporan {number}" for number in range(5)]


def test_after_a_quiet_week_numbers_that_begin_lower_are_heard_too(world):
    ani = world.person()
    world.says(ani, "Jalan rusak")
    cursor = TELEGRAM.poll(account(world), Ears())
    world.next_update = 17
    world.says(ani, "Lampu mati")
    ears = Ears()
    TELEGRAM.poll(account(world, cursor=cursor), ears)
    assert ears.words == ["Lampu mati"]


def test_a_long_question_is_answered_at_once_when_something_comes(world):
    ani = world.person()
    threading.Timer(0.2, world.says, (ani, "Banjir")).start()
    ears = Ears()
    TELEGRAM.poll(account(world, wait="5"), ears)
    assert ears.words == ["Banjir"]
    questions = [seen.json() for seen in world.book]
    assert [(one["timeout"], one.get("offset")) for one in questions] == [(5, None), (0, 90_000_002)]
    assert questions[0]["allowed_updates"] == list(updates.WANTED)


def test_every_kind_comes_in_its_order(world):
    ani = world.person()
    first = world.says(ani, "Jalan rusak")
    world.changes(first, "Jalan Mawar rusak")
    world.blocks(ani)
    ears = Ears()
    TELEGRAM.poll(account(world), ears)
    assert [type(one) for one in ears.heard] == [Submission, Edit, Command]
    assert ears.heard[1].of == ears.heard[0].external_id


def trouble(of: Account) -> str:
    with pytest.raises(Trouble) as caught:
        TELEGRAM.poll(of, Ears())
    assert telegram.TOKEN not in f"{caught.value!r} {caught.value.__cause__!r}"
    return str(caught.value)


def test_a_webhook_in_the_way_is_told(world):
    world.webhook = {"url": HOOK}
    assert trouble(account(world)) == (
        "A webhook is set for this bot, so it can't be polled: set way to webhook or delete that one."
    )


@pytest.mark.parametrize(
    ("code", "description", "told"),
    [
        (
            409,
            "Conflict: terminated by other getUpdates request",
            "Somebody else polls this bot with the same token",
        ),
        (401, "Unauthorized", "Telegram does not know this token"),
        (429, "Too Many Requests: retry after 5", "Telegram asks us to wait"),
        (500, "Internal Server Error", "Telegram has an error of its own"),
        (418, "I'm a teapot", "Telegram refuses (telegram_418)"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(world, code, description, told):
    world.fail("getUpdates", code, description)
    assert trouble(account(world)).startswith(told)


def test_what_is_no_bot_api_is_told(world):
    world.failures["getUpdates"] = telegram.deque(
        [Says(502, b"<html>"), Says(200, {"ok": True, "result": 7})]
    )
    assert trouble(account(world)).endswith("answers with HTTP 502 and is no Bot API, or it is down.")
    assert trouble(account(world)) == "Telegram answers getUpdates with something else than a list."


def test_a_silent_provider_is_given_up_in_time(world):
    world.fail("getUpdates", 200, hang=2)
    assert "gives no whole answer (ReadTimeout)" in trouble(account(world, seconds="0.3"))


def test_an_update_of_no_shape_blocks_nothing_behind_it(world):
    world.pending = [{"update_id": 5, "message": "aneh"}]
    world.says(world.person(), "Jalan rusak")
    ears = Ears()
    TELEGRAM.poll(account(world), ears)
    assert (ears.words, len(ears.heard), world.pending) == (["Jalan rusak"], 2, [])


# ---- posted ----


def asked(body: Any, word: str | None = "kata-baru", method: str = "POST") -> Asked:
    headers = {} if word is None else {updates.HEADER: word}
    return Asked(method, HOOK, {}, headers, json.dumps(body).encode())


SAID = {
    "update_id": 9,
    "message": {
        "message_id": 4,
        "from": {"id": 5_000_000_001, "is_bot": False, "first_name": "Ani"},
        "chat": {"id": 5_000_000_001, "type": "private"},
        "date": 1_772_427_540,
        "text": "Jalan rusak",
    },
}


@pytest.mark.parametrize("word", ["kata-baru", "kata-lama"])
def test_two_words_are_good_while_one_is_changed(world, word):
    answered = TELEGRAM.hook(account(world, secret="kata-baru, kata-lama"), asked(SAID, word))
    assert (answered.status, [one.words for one in answered.heard]) == (200, ["Jalan rusak"])


@pytest.mark.parametrize("word", [None, "", "kata", "kata-baru,kata-lama", "KATA-BARU", "é\ud800"])
def test_who_does_not_know_the_word_is_not_let_in(world, word):
    answered = TELEGRAM.hook(account(world, secret="kata-baru,kata-lama"), asked(SAID, word))
    assert (answered.status, list(answered.heard)) == (403, [])


def test_without_a_word_nobody_is_let_in(world):
    for word in ("", None, "x"):
        assert TELEGRAM.hook(account(world, secret=""), asked(SAID, word)).status == 403


def test_only_posts_say_something(world):
    assert TELEGRAM.hook(account(world, secret="kata-baru"), asked(SAID, method="GET")).status == 405


def test_what_can_not_be_read_is_answered_with_success_and_kept(world):
    answered = TELEGRAM.hook(account(world, secret="kata-baru"), asked([1]))
    assert (answered.status, len(answered.heard)) == (200, 1)


def test_posted_or_asked_for_it_is_the_same(world):
    world.pending = [SAID]
    ears = Ears()
    TELEGRAM.poll(account(world), ears)
    posted = TELEGRAM.hook(account(world, secret="kata-baru"), asked(SAID)).heard
    assert list(posted) == ears.heard


# ---- the watch beside the webhook ----


def hooked(world: telegram.Telegram, **more: Any) -> Account:
    return account(world, **{"way": "webhook", "secret": "kata-baru", "hook_url": HOOK, **more})


def test_the_webhook_is_set_once_with_its_word(world):
    cursor = TELEGRAM.poll(hooked(world), Ears())
    assert world.webhook == {
        "url": HOOK,
        "secret_token": "kata-baru",
        "allowed_updates": list(updates.WANTED),
    }
    calls = len(world.book)
    assert TELEGRAM.poll(hooked(world, cursor=cursor), Ears()) == cursor
    assert len(world.book) == calls


def later(of: Account, minutes: int = 11) -> Account:
    return replace(of, now=NOON + timedelta(minutes=minutes))


def test_it_is_put_right_when_somebody_changed_it_or_the_word_changed(world):
    cursor = TELEGRAM.poll(hooked(world), Ears())
    world.webhook["url"] = "https://lain.example/"
    cursor = TELEGRAM.poll(later(hooked(world, cursor=cursor)), Ears())
    assert world.webhook["url"] == HOOK
    TELEGRAM.poll(later(hooked(world, cursor=cursor, secret="kata-lebih-baru,kata-baru"), 30), Ears())
    assert world.webhook["secret_token"] == "kata-lebih-baru"
    assert "kata" not in json.dumps(cursor)


def test_what_telegram_complains_of_is_told(world):
    cursor = TELEGRAM.poll(hooked(world), Ears())
    world.webhook |= {
        "last_error_date": int(NOON.timestamp()),
        "last_error_message": "Wrong response: 503 Busy",
    }
    world.says(world.person(), "Banjir")
    assert trouble(later(hooked(world, cursor=cursor))) == (
        "Telegram can't post to our webhook (Wrong response: 503 Busy); 1 updates wait there."
    )
    assert TELEGRAM.poll(later(hooked(world, cursor=cursor), 60), Ears())["set"] == cursor["set"]


def test_a_webhook_without_word_or_address_is_told(world):
    assert trouble(hooked(world, secret="")).startswith("The setting secret is not given")
    assert trouble(hooked(world, hook_url="")).startswith("No webhook is set and hook_url is not given")
    assert trouble(account(world, way="merpati")) == 'The setting way is neither "webhook" nor "poll".'


# ---- tanggap channel test ----


@pytest.mark.parametrize(
    ("settings", "webhook", "told"),
    [
        ({}, {}, ""),
        ({"way": "webhook", "secret": "kata"}, {"url": HOOK}, ""),
        ({"way": "webhook", "secret": "kata", "hook_url": HOOK}, {"url": HOOK}, ""),
        ({"token": ""}, {}, "The setting token is not given."),
        (
            {"token": "abc"},
            {},
            "The token is not of the form that BotFather gives (digits, a colon, letters).",
        ),
        (
            {"token": "7000000002:salah-salah-salah"},
            {},
            "Telegram does not know this token: it was taken back, or is of another server.",
        ),
        ({"way": "merpati"}, {}, 'The setting way is neither "webhook" nor "poll".'),
        ({}, {"url": HOOK}, "A webhook is set for this bot, so it can't be polled."),
        ({"way": "webhook"}, {}, "The setting secret is not given: without it the webhook lets nobody in."),
        (
            {"way": "webhook", "secret": "kata rahasia"},
            {},
            "The setting secret holds signs that Telegram does not take (only letters, digits, _ and -).",
        ),
        (
            {"way": "webhook", "secret": "kata", "hook_url": "http://a/"},
            {},
            "The setting hook_url must begin with https, else Telegram does not post to it.",
        ),
        ({"way": "webhook", "secret": "kata"}, {}, "No webhook is set: nothing will come in."),
        (
            {"way": "webhook", "secret": "kata", "hook_url": HOOK},
            {"url": "https://lain.example/"},
            "The webhook that is set leads to another address than hook_url.",
        ),
        ({"base_url": "telegram"}, {}, "The setting base_url is not a web address."),
    ],
)
def test_an_operator_is_told_what_is_wrong_in_one_sentence(world, settings, webhook, told):
    world.webhook = webhook
    assert TELEGRAM.test(account(world, **settings)) == told


def test_a_webhook_that_is_too_slow_is_told(world):
    world.webhook = {"url": HOOK}
    for number in range(101):
        world.says(world.person(), f"Laporan {number}")
    told = TELEGRAM.test(account(world, way="webhook", secret="kata"))
    assert told == "101 updates wait at Telegram: our webhook is too slow."


def test_a_token_of_a_person_is_none_of_a_bot(world):
    world.failures["getMe"] = telegram.deque([Says(200, {"ok": True, "result": {"id": 1, "is_bot": False}})])
    assert TELEGRAM.test(account(world)) == "The token is not that of a bot."
