"""What is said on X, in the newer and the older shape. The people are invented."""

import copy
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tanggap.channels.base import (
    STATUS,
    STOP,
    Account,
    Command,
    Contact,
    Edit,
    Heard,
    Ignored,
    Submission,
    Unreadable,
    Withdrawal,
)
from tanggap.channels.x.parse import parse

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
SAID = datetime(2026, 3, 2, 4, 59, tzinfo=UTC)
OURS = "2200000000"
X = Account("x-dki", "x", {"user_id": OURS}, {}, NOON)
ANI = Contact("x", "31", proven=True)
POST = {
    "id": "1990000000000000001",
    "text": "@DKIJakarta jalan berlubang &amp; gelap di Pasar Minggu https://t.co/abc",
    "author_id": "31",
    "created_at": "2026-03-02T04:59:00.000Z",
    "conversation_id": "1990000000000000001",
    "edit_history_tweet_ids": ["1990000000000000001"],
    "entities": {"urls": [{"url": "https://t.co/abc", "expanded_url": "https://peta.example/titik/9"}]},
    "lang": "in",
}
USERS = [{"id": "31", "name": "Ani Lestari"}, {"id": OURS, "name": "Pemprov DKI"}]


def heard(kind: str, payload: object, owner: str = OURS, **includes: object) -> list[Heard]:
    data = {
        "event_uuid": "1",
        "filter": {"user_id": owner},
        "event_type": kind,
        "payload": payload,
        "includes": includes,
    }
    return parse(X, json.dumps({"data": data}).encode())


def mention(**more: object) -> list[Heard]:
    return heard("post.mention.create", {**POST, **more}, users=USERS)


def test_a_mention_becomes_a_submission_said_in_the_open():
    (one,) = mention()
    assert isinstance(one, Submission)
    assert one.words == "@DKIJakarta jalan berlubang & gelap di Pasar Minggu https://peta.example/titik/9"
    assert (one.external_id, one.at, one.sender, one.name) == (
        "post:1990000000000000001",
        SAID,
        ANI,
        "Ani Lestari",
    )
    assert (one.open_talk, one.thread, one.replies_to) == (True, "", ())
    assert (one.channel, one.account, one.language, one.notes) == ("x-dki", "x-dki", "id", ())


def test_the_same_post_is_the_same_however_it_comes():
    (one,) = mention()
    (other,) = heard("post.reply.create", POST)
    assert (one.external_id, one.uuid) == (other.external_id, other.uuid)


def test_a_long_post_is_heard_whole():
    (one,) = mention(note_tweet={"text": "Panjang sekali. " * 40, "entities": {"urls": []}})
    assert len(one.words) == 639


def test_an_answer_names_what_it_answers():
    (one,) = mention(referenced_tweets=[{"type": "replied_to", "id": "7"}, {"type": "quoted", "id": "8"}])
    assert one.replies_to == ("post:7", "post:8")


def test_a_changed_post_keeps_its_first_name():
    first, edit = mention(
        id="1990000000000000005", edit_history_tweet_ids=[POST["id"], "1990000000000000005"]
    )
    assert (type(first), first.external_id) == (Submission, "post:1990000000000000001")
    assert (type(edit), edit.of, edit.external_id) == (
        Edit,
        first.external_id,
        "post:1990000000000000005:edit",
    )
    assert edit.words == first.words


def test_pictures_and_places_come_along():
    (one,) = heard(
        "post.mention.create",
        {**POST, "attachments": {"media_keys": ["3_1", "7_2", "3_9"]}, "geo": {"place_id": "p1"}},
        media=[
            {"media_key": "3_1", "type": "photo", "url": "https://pbs.example/a.jpg"},
            {"media_key": "7_2", "type": "video", "preview_image_url": "https://pbs.example/b.jpg"},
        ],
        places=[{"id": "p1", "full_name": "Pasar Minggu, Jakarta Selatan"}],
    )
    assert [file.ref["url"] for file in one.files] == [
        "https://pbs.example/a.jpg",
        "https://pbs.example/b.jpg",
    ]
    assert (one.place, one.notes) == ("Pasar Minggu, Jakarta Selatan", ("video", "incomplete"))


def test_a_point_is_told_east_first():
    (one,) = mention(geo={"coordinates": {"type": "Point", "coordinates": [106.8, -6.2]}})
    assert (one.lat, one.lon) == (-6.2, 106.8)


@pytest.mark.parametrize(
    ("kind", "more", "why"),
    [
        ("post.mention.create", {"author_id": OURS}, "own_echo"),
        ("post.create", {"author_id": OURS}, "own_echo"),
        ("post.mention.create", {"referenced_tweets": [{"type": "retweeted", "id": "7"}]}, "repost"),
        ("like.create", {}, "no_words"),
        ("dm.read", {}, "no_words"),
        ("dm.indicate_typing", {}, "no_words"),
        ("follow.follow", {}, "no_words"),
    ],
)
def test_what_is_no_report_is_kept_and_not_answered(kind, more, why):
    (one,) = heard(kind, {**POST, **more})
    assert (type(one), one.why) == (Ignored, why)


def test_what_another_account_was_told_is_not_ours():
    (one,) = heard("post.mention.create", POST, owner="77")
    assert (type(one), one.why) == (Ignored, "other_account")


MESSAGE = {
    "id": "88",
    "event_type": "MessageCreate",
    "sender_id": "31",
    "dm_conversation_id": f"31-{OURS}",
    "text": "Lampu jalan mati di depan sekolah",
    "created_at": "2026-03-02T04:59:00Z",
}
OLDER = {
    "type": "message_create",
    "id": "88",
    "created_timestamp": str(int(SAID.timestamp() * 1000)),
    "message_create": {
        "sender_id": "31",
        "target": {"recipient_id": OURS},
        "message_data": {
            "text": "Lampu jalan mati di depan sekolah",
            "attachment": {
                "type": "media",
                "media": {"id_str": "5", "media_url_https": "https://pbs.example/c.jpg"},
            },
        },
    },
}


def test_a_direct_message_is_private_in_either_shape():
    (newer,) = heard("dm.received", MESSAGE, users=USERS)
    wrapped = {"direct_message_events": [OLDER], "users": {"31": {"data": {"name": "Ani Lestari"}}}}
    (older,) = heard("dm.received", wrapped)
    (oldest,) = parse(
        X, json.dumps({"for_user_id": OURS, **wrapped, "users": {"31": {"name": "Ani Lestari"}}}).encode()
    )
    for one in (newer, older, oldest):
        assert (one.external_id, one.words, one.at) == ("dm:88", "Lampu jalan mati di depan sekolah", SAID)
        assert (one.open_talk, one.sender, one.name, one.thread) == (False, ANI, "Ani Lestari", "")
    assert [file.ref["url"] for file in older.files] == ["https://pbs.example/c.jpg"]
    assert newer.uuid == older.uuid == oldest.uuid


@pytest.mark.parametrize(
    ("text", "verb", "argument"), [("STOP", STOP, ""), ("Status JK261124-0007", STATUS, "JK261124-0007")]
)
def test_in_a_direct_message_the_machine_is_spoken_to(text, verb, argument):
    (one,) = heard("dm.received", {**MESSAGE, "text": text})
    assert (type(one), one.verb, one.argument, one.sender) == (Command, verb, argument, ANI)
    (open_words,) = mention(text=text)
    assert type(open_words) is Submission


def test_our_own_messages_are_our_echo():
    assert heard("dm.sent", {**MESSAGE, "sender_id": OURS})[0].why == "own_echo"
    assert heard("dm.received", {**MESSAGE, "event_type": "ParticipantsJoin"})[0].why == "no_words"


def test_an_encrypted_message_is_for_a_person():
    (one,) = heard("chat.received", {"sender_id": "31", "encoded_event": "x"})
    assert (type(one), one.why, one.sender) == (Unreadable, "encrypted", ANI)


def test_a_post_of_the_older_shape():
    older = {
        "created_at": "Mon Mar 02 04:59:00 +0000 2026",
        "id": 1990000000000000001,
        "id_str": "1990000000000000001",
        "text": "@DKIJakarta jalan…",
        "extended_tweet": {"full_text": "@DKIJakarta jalan berlubang &amp; gelap"},
        "user": {"id_str": "31", "name": "Ani Lestari"},
        "in_reply_to_status_id_str": "7",
        "coordinates": {"type": "Point", "coordinates": [106.8, -6.2]},
        "place": {"full_name": "Jakarta"},
        "extended_entities": {
            "media": [{"id_str": "5", "type": "photo", "media_url_https": "https://pbs.example/d.jpg"}]
        },
    }
    (one,) = parse(X, json.dumps({"for_user_id": OURS, "tweet_create_events": [older]}).encode())
    (newer,) = mention()
    assert (one.external_id, one.uuid, one.at, one.sender) == (newer.external_id, newer.uuid, SAID, ANI)
    assert (one.words, one.name, one.replies_to) == (
        "@DKIJakarta jalan berlubang & gelap",
        "Ani Lestari",
        ("post:7",),
    )
    assert (one.lat, one.lon, one.place, len(one.files)) == (-6.2, 106.8, "Jakarta", 1)
    (repost,) = parse(
        X,
        json.dumps(
            {"for_user_id": OURS, "tweet_create_events": [{**older, "retweeted_status": {"id": 7}}]}
        ).encode(),
    )
    assert repost.why == "repost"


def test_what_is_taken_back_is_told():
    gone = {"status": {"id": "7", "user_id": "31"}, "timestamp_ms": "1"}
    (one,) = parse(X, json.dumps({"for_user_id": OURS, "tweet_delete_events": [gone]}).encode())
    assert (type(one), one.of) == (Withdrawal, "post:7")
    assert heard("post.delete", {"id": "7", "author_id": OURS})[0].why == "own_echo"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no_json"),
        (b"[" * 100_000, "no_json"),
        (b"{}", "nothing_in_it"),
        (b"[1]", "nothing_in_it"),
        (json.dumps({"data": {"event_type": "telepathy.received", "payload": {}}}).encode(), "unknown_event"),
        (
            json.dumps({"data": {"event_type": "post.mention.create", "payload": {"text": "a"}}}).encode(),
            "no_ids",
        ),
        (json.dumps({"data": {"event_type": "dm.received", "payload": {"text": "a"}}}).encode(), "no_ids"),
    ],
)
def test_what_can_not_be_read_is_kept_for_a_person(body, why):
    (one,) = parse(X, body)
    assert (type(one), one.why) == (Unreadable, why)


def test_a_row_of_no_shape_blocks_nothing_beside_it():
    rows = [None, 7, {"id_str": "x"}, {"id_str": "9", "user": {"id_str": "31"}, "text": "Banjir"}]
    found = parse(X, json.dumps({"for_user_id": OURS, "tweet_create_events": rows}).encode())
    assert [type(one) for one in found] == [Unreadable, Submission]


WHOLE = {
    "data": {
        "event_type": "post.mention.create",
        "filter": {"user_id": OURS},
        "payload": {
            **POST,
            "geo": {"coordinates": {"coordinates": [1, 2]}, "place_id": "p"},
            "attachments": {"media_keys": ["3_1"]},
            "note_tweet": {"text": "a", "entities": {"urls": [{"url": "u", "expanded_url": "e"}]}},
            "referenced_tweets": [{"type": "replied_to", "id": "7"}],
        },
        "includes": {"users": USERS, "media": [{"media_key": "3_1", "url": "u"}], "places": [{"id": "p"}]},
    }
}


def paths(value: object, path: tuple = ()) -> list[tuple]:
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *[deep for key, one in rows for deep in paths(one, (*path, key))]]


strange = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=2) | some.dictionaries(some.text(max_size=5), inner, max_size=2),
    max_leaves=3,
)


@given(some.sampled_from(paths(WHOLE)[1:]), strange)
def test_whatever_stands_in_any_place_it_ends_as_something_heard(path, value):
    whole = copy.deepcopy(WHOLE)
    inner = whole
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    found = parse(X, json.dumps(whole).encode())
    assert found
    for one in found:
        assert isinstance(one, Heard)
        assert 0 < len(one.external_id) <= 200
        one.body.decode("utf-8")
