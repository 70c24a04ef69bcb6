"""X both ways: the signed webhook, asking within a purse, letters and what its refusals mean (F26, C05, C08)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tanggap.channels.base import (
    Account,
    Asked,
    Edit,
    Heard,
    Ignored,
    Outgoing,
    SendResult,
    Submission,
    Trouble,
)
from tanggap.channels.x import X, hook
from tanggap.lib.outside import NoAnswer, NotAsked, TooMuch
from tests.world import x
from tests.world.server import Says, Server

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
MENTIONS = "/2/users/2200000000/mentions"


@pytest.fixture(name="world")
def _world():
    with x.World() as world:
        world.person("31")
        yield world


def account(
    world: x.World, *, cursor: Mapping[str, Any] | None = None, now: datetime = NOON, **more: str
) -> Account:
    given = {one.name: one.default for one in X.settings}
    given |= {**x.KEYS, "user_id": world.own, "base_url": world.url, "seconds": "2", **more}
    return Account("x-dki", "x", given, cursor or {}, now)


class Ears:
    def __init__(self) -> None:
        self.heard: list[Heard] = []

    def __call__(self, heard) -> None:
        self.heard += heard

    @property
    def words(self) -> list[str]:
        return [one.words for one in self.heard if isinstance(one, Submission)]


# ---- the webhook ----


def asked(body: bytes, signature: str | None, method: str = "POST", **query: str) -> Asked:
    headers = {} if signature is None else {hook.SIGNATURE: signature}
    return Asked(method, "https://tanggap.example/hooks/x-dki/", query, headers, body)


def body(world: x.World) -> bytes:
    post = world.posts_on(world.person(), "@DKIJakarta jalan rusak", at=NOON)
    return world.event("post.mention.create", post)


def test_the_challenge_is_answered_with_the_newer_secret(world):
    ours = account(world, consumer_secret="baru,lama")
    answered = X.hook(ours, asked(b"", None, "GET", crc_token="tantangan-1"))
    assert (answered.status, answered.content_type) == (200, "application/json")
    assert json.loads(answered.body) == {"response_token": world.sign(b"tantangan-1", "baru")}


@pytest.mark.parametrize("secret", ["baru", "lama"])
def test_two_secrets_are_good_while_one_is_changed(world, secret):
    said = body(world)
    answered = X.hook(account(world, consumer_secret="baru,lama"), asked(said, world.sign(said, secret)))
    assert (answered.status, [one.words for one in answered.heard]) == (200, ["@DKIJakarta jalan rusak"])


def test_a_wrong_signature_or_other_bytes_are_403(world):
    said = body(world)
    ours = account(world)
    for signature in (None, "", "sha256=", world.sign(said, "salah"), world.sign(said + b" "), "é\ud800"):
        answered = X.hook(ours, asked(said, signature))
        assert (answered.status, list(answered.heard)) == (403, [])
    assert X.hook(account(world, consumer_secret=""), asked(said, world.sign(said, ""))).status == 403


def test_the_challenge_signs_no_post_for_a_stranger(world):
    forged = body(world)
    ours = account(world)
    assert X.hook(ours, asked(b"", None, "GET", crc_token=forged.decode())).status == 403
    token = "12345"  # would be JSON, and is signed as a challenge
    signature = json.loads(X.hook(ours, asked(b"", None, "GET", crc_token=token)).body)["response_token"]
    answered = X.hook(ours, asked(token.encode(), signature))
    assert (answered.status, list(answered.heard)) == (403, [])


def test_the_world_challenges_and_posts(world):
    class Ours(Server):
        def answer(self, seen):
            answered = X.hook(account(world), Asked(seen.method, "", seen.query, seen.headers, seen.body))
            return Says(answered.status, answered.body.encode())

    with Ours() as ours:
        world.webhook = f"{ours.url}/hooks/x-dki/"
        assert (world.challenges(), world.post(body(world))) == (True, 200)


# ---- asking ----


def test_mentions_and_messages_are_heard_the_oldest_first_and_once(world):
    ani = world.person()
    for number in range(3):
        world.posts_on(ani, f"@DKIJakarta laporan {number}", at=NOON)
    world.posts_on(ani, "tanpa menyebut siapa pun", at=NOON)
    world.writes(ani, "lewat pesan", at=NOON)
    ears = Ears()
    cursor = X.poll(account(world), ears)
    assert ears.words == [*[f"@DKIJakarta laporan {number}" for number in range(3)], "lewat pesan"]
    assert [one.name for one in ears.heard] == ["Ani Lestari"] * 4
    world.posts_on(ani, "@DKIJakarta laporan 3", at=NOON)
    later = account(world, cursor=cursor, now=NOON + timedelta(minutes=6))
    more = Ears()
    X.poll(later, more)
    assert more.words == ["@DKIJakarta laporan 3"]


def test_what_was_said_before_yesterday_is_not_read_at_first(world):
    world.posts_on(world.person(), "@DKIJakarta lama", at=NOON - timedelta(days=3))
    world.writes(world.person(), "lama", at=NOON - timedelta(days=3))
    ears = Ears()
    X.poll(account(world), ears)
    assert ears.words == []


def test_many_pages_are_read_over_several_polls_and_none_is_lost(world):
    for number in range(620):
        world.posts_on(world.person(), f"@DKIJakarta {number}", at=NOON)
    ears, cursor = Ears(), {}
    for minute in (0, 6, 12):
        cursor = X.poll(
            account(world, cursor=cursor, now=NOON + timedelta(minutes=minute), spend_limit="0"), ears
        )
    assert sorted(ears.words, key=lambda one: int(one.split()[1])) == [
        f"@DKIJakarta {number}" for number in range(620)
    ]
    assert cursor["mentions"]["since"] == world.posts[-1]["id"]


def test_a_death_between_two_pages_hears_the_same_again(world):
    for number in range(150):
        world.posts_on(world.person(), f"@DKIJakarta {number}", at=NOON)

    class Dying(Ears):
        def __call__(self, heard):
            if self.heard:
                raise KeyboardInterrupt
            super().__call__(heard)

    dying = Dying()
    with pytest.raises(KeyboardInterrupt):
        X.poll(account(world, spend_limit="0"), dying)
    ears = Ears()
    X.poll(account(world, spend_limit="0"), ears)
    assert {one.external_id for one in ears.heard} >= {one.external_id for one in dying.heard}
    assert len(ears.heard) == 150


def test_a_changed_post_is_an_edit_of_the_first(world):
    post = world.posts_on(world.person(), "@DKIJakarta jalan Melati", at=NOON)
    ears = Ears()
    cursor = X.poll(account(world), ears)
    world.changes(post, "@DKIJakarta jalan Mawar")
    X.poll(account(world, cursor=cursor, now=NOON + timedelta(minutes=6)), ears)
    assert [type(one) for one in ears.heard] == [Submission, Submission, Edit]
    assert (ears.heard[0].uuid, ears.heard[2].of) == (ears.heard[1].uuid, ears.heard[0].external_id)


def test_our_own_letters_come_back_as_our_echo_and_are_paid(world):
    ani = world.person()
    post = world.posts_on(ani, "@DKIJakarta jalan rusak", at=NOON)
    world.writes(x.Person(world.own), "jawaban kami", at=NOON)
    world.posts_on(x.Person(world.own), "@Ani jawaban", at=NOON)
    ears = Ears()
    cursor = X.poll(account(world), ears)
    assert [type(one) for one in ears.heard] == [Submission, Ignored]
    assert ears.heard[0].external_id == f"post:{post['id']}"
    assert cursor["spent"] == {"day": "2026-03-02", "dollars": 0.033}  # three read, two of them written by us


def test_between_two_polls_nothing_is_asked(world):
    cursor = X.poll(account(world), Ears())
    calls = len(world.book)
    for minutes in (1, 4):
        assert X.poll(account(world, cursor=cursor, now=NOON + timedelta(minutes=minutes)), Ears()) == cursor
    hooked = account(world, cursor=cursor, now=NOON + timedelta(minutes=30), way="webhook")
    assert (X.poll(hooked, Ears()), len(world.book)) == (cursor, calls)


def test_the_purse_of_the_day_is_not_overdrawn_and_is_full_again_tomorrow(world):
    for number in range(60):
        world.posts_on(world.person(), f"@DKIJakarta {number}", at=NOON)
    ears = Ears()
    cursor = X.poll(account(world, spend_limit="0.02"), ears)
    assert (world.book[0].query["max_results"], len(ears.words), world.dollars <= 0.02) == ("20", 20, True)
    with pytest.raises(Trouble) as caught:
        X.poll(account(world, cursor=cursor, now=NOON + timedelta(minutes=6), spend_limit="0.02"), ears)
    assert str(caught.value) == "The spend limit of the day is reached (0.02 of 0.02 dollars)."
    X.poll(account(world, cursor=cursor, now=NOON + timedelta(days=1, hours=3), spend_limit="5"), ears)
    assert len(set(ears.words)) == 60


def test_events_of_a_webhook_are_paid_when_they_are_seen(world):
    world.posts_on(world.person(), "@DKIJakarta jalan rusak", at=NOON)
    cursor = X.poll(account(world, way="webhook"), Ears())
    assert cursor["spent"]["dollars"] == 0.011


def test_when_x_asks_us_to_wait_nothing_is_asked_before(world):
    reset = str(int((NOON + timedelta(minutes=12)).timestamp()))
    world.posts_on(world.person(), "@DKIJakarta jalan rusak", at=NOON)
    world.fail(MENTIONS, 429, headers={"x-rate-limit-reset": reset})
    ears = Ears()
    cursor = X.poll(account(world), ears)
    assert (ears.heard, cursor["not_before"]) == ([], int(reset))
    calls = len(world.book)
    assert X.poll(account(world, cursor=cursor, now=NOON + timedelta(minutes=11)), ears) == cursor
    assert len(world.book) == calls
    X.poll(account(world, cursor=cursor, now=NOON + timedelta(minutes=13)), ears)
    assert ears.words == ["@DKIJakarta jalan rusak"]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "X does not accept the keys of this account: one of the four is wrong or was taken back."),
        (402, "X has no credit left for this app: buy some, then it goes on by itself."),
        (
            403,
            "X does not allow this app what we ask: look at its permissions (read, write and direct messages).",
        ),
        (500, "X answers with an error of its own (x_500): it will be tried again."),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(world, status, told):
    world.fail(MENTIONS, status, times=2)
    with pytest.raises(Trouble) as caught:
        X.poll(account(world), Ears())
    assert str(caught.value) == told


def test_what_was_read_before_something_broke_is_kept(world):
    world.posts_on(world.person(), "@DKIJakarta jalan rusak", at=NOON)
    world.fail("/2/dm_events", 500)
    ears = Ears()
    cursor = X.poll(account(world), ears)
    assert (ears.words, "asked_at" in cursor, cursor["spent"]["dollars"]) == (
        ["@DKIJakarta jalan rusak"],
        False,
        0.001,
    )


def test_a_mark_that_ran_out_begins_again(world):
    world.posts_on(world.person(), "@DKIJakarta jalan rusak", at=NOON)
    world.fail(MENTIONS, 400, "Invalid pagination token.")
    ears = Ears()
    X.poll(account(world, cursor={"mentions": {"since": "1", "newest": "2", "token": "basi"}}), ears)
    assert ears.words == ["@DKIJakarta jalan rusak"]


# ---- letters ----


def letter(world: x.World, **more: Any) -> Outgoing:
    given = {
        "to": "31",
        "subject": "Laporan",
        "text": "Laporan Anda JK261124-0007 diterima. Kunci: rahasia-ani.",
    }
    return Outgoing(
        **{**given, "reference": "JK261124-0007", "number": "JK261124-0007", "code": "received", **more}
    )


def test_who_wrote_a_message_gets_one(world):
    result = X.send(account(world), letter(world))
    assert result == SendResult("sent", external_id=f"dm:{world.letters[0]['message']}")
    assert [(one["to"], one["text"]) for one in world.letters] == [("31", letter(world).text)]


def test_who_spoke_in_the_open_gets_the_private_way_first(world):
    post = world.posts_on(world.person(), "@DKIJakarta jalan rusak", at=NOON)
    X.send(account(world), letter(world, open_talk=True, thread=(f"post:{post['id']}",)))
    assert ["message" in one for one in world.letters] == [True]


def test_a_public_answer_holds_the_number_and_nobodys_secret(world):
    shy = world.person("32", takes_messages=False)
    post = world.posts_on(shy, "@DKIJakarta jalan rusak", at=NOON)
    said = letter(world, to="32", open_talk=True, thread=("dm:5", f"post:{post['id']}"))
    result = X.send(account(world), said)
    assert (result.state, result.external_id) == ("sent", f"post:{world.letters[0]['post']}")
    assert world.letters[0]["reply"] == {"in_reply_to_tweet_id": post["id"]}
    assert "JK261124-0007" in world.letters[0]["text"]
    assert "rahasia-ani" not in world.letters[0]["text"]
    assert X.send(
        account(world), replace(said, code="done")
    ).closed  # of what was done nothing is said in the open
    assert X.send(account(world), said) == SendResult("failed", "x_403_said_already", closed=True)
    assert len(world.letters) == 1


def test_where_nobody_called_on_us_this_way_is_closed(world):
    shy = world.person("32", takes_messages=False)
    post = world.posts_on(shy, "jalan rusak", at=NOON)
    result = X.send(account(world), letter(world, to="32", open_talk=True, thread=(f"post:{post['id']}",)))
    assert result == SendResult("failed", "x_403_not_allowed", closed=True)
    gone = X.send(account(world), letter(world, to="32", open_talk=True, thread=("post:1",)))
    assert gone == SendResult("failed", "x_400_post_gone", closed=True)
    nowhere = X.send(account(world), letter(world, to="32", open_talk=True))
    assert (nowhere.closed, world.letters) == (True, [])


DM = "/2/dm_conversations/with/31/messages"


@pytest.mark.parametrize(
    ("status", "detail", "result"),
    [
        (401, "Unauthorized", SendResult("failed", "x_401_unauthorized", again=True, down=True)),
        (402, "Credits depleted", SendResult("failed", "x_402_no_credit", again=True, down=True)),
        (403, "Your account is suspended", SendResult("failed", "x_403_suspended", again=True, down=True)),
        (404, "Not Found", SendResult("failed", "x_404_nobody", gone=True)),
        (503, "Service Unavailable", SendResult("failed", "x_503_server", again=True, down=True)),
        (502, "", SendResult("unknown", "x_502")),
        (418, "", SendResult("failed", "x_418")),
    ],
)
def test_each_refusal_has_its_meaning(world, status, detail, result):
    world.fail(DM, status, detail)
    assert X.send(account(world), letter(world)) == result


def test_a_rate_limit_tells_when(world):
    reset = str(int((NOON + timedelta(seconds=90)).timestamp()))
    world.fail(DM, 429, headers={"x-rate-limit-reset": reset})
    assert X.send(account(world), letter(world)) == SendResult(
        "failed", "x_429_too_many", again=True, after=90.0, down=True
    )


def test_a_time_out_is_unknown(world):
    world.fail(DM, 201, hang=2)
    late = X.send(account(world, seconds="0.3"), letter(world))
    assert (late.state, late.again, late.down) == ("unknown", False, False)


def test_with_an_empty_purse_letters_wait_for_tomorrow(world):
    empty = account(world, cursor={"spent": {"day": "2026-03-02", "dollars": 4.99}})
    assert X.send(empty, letter(world)) == SendResult(
        "failed", "spend_limit", again=True, after=68_405.0, down=True
    )
    assert world.book == []


@pytest.mark.parametrize("to", ["", "ani", "1" * 30, "31/../32", "³¹"])
def test_where_no_account_is_nothing_is_asked(world, to):
    assert (X.send(account(world), letter(world, to=to)).reason, world.book) == ("no_user_id", [])


# ---- files, and tanggap channel test ----


def test_a_picture_is_fetched_from_a_listed_host_only(world):
    class Pictures(Server):
        def answer(self, seen):
            known = {"/a.jpg": Says(200, b"JPEG"), "/lain": Says(302, b"", {"Location": "/a.jpg"})}
            return known.get(seen.path, Says(404, b""))

    with Pictures() as pictures:
        host = pictures.url.removeprefix("http://")
        ours = account(world, media_hosts=f"pbs.twimg.com,{host}")
        assert X.fetch(ours, {"url": f"{pictures.url}/a.jpg"}, 10) == b"JPEG"
        for url, error in (("/a.jpg", TooMuch), ("/lain", NoAnswer), ("/hilang", NotAsked)):
            with pytest.raises(error):
                X.fetch(ours, {"url": pictures.url + url}, 3)
        for hosts in ("pbs.twimg.com", ""):
            with pytest.raises(NotAsked):
                X.fetch(account(world, media_hosts=hosts), {"url": f"{pictures.url}/a.jpg"}, 10)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, ""),
        ({"user_id": ""}, "The setting user_id is not given."),
        ({"user_id": "@DKIJakarta"}, "The setting user_id is not the account's number."),
        ({"user_id": "77"}, "The access token is of another account than user_id."),
        (
            {"access_secret": "salah"},
            "X does not accept the keys of this account: one of the four is wrong or was taken back.",
        ),
        ({"access_token": "a b"}, "The setting access_token is empty or holds signs that no key has."),
        ({"spend_limit": "lima"}, "The setting spend_limit is not a number of dollars."),
        ({"spend_limit": "0.001"}, "The spend limit of the day is reached (0.00 of 0.00 dollars)."),
        ({"way": "merpati"}, 'The setting way is neither "webhook" nor "poll".'),
        ({"base_url": "x.com"}, "The setting base_url is not a web address."),
    ],
)
def test_an_operator_is_told_what_is_wrong_in_one_sentence(world, settings, told):
    assert X.test(account(world, **settings)) == told
