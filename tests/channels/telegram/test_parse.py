"""What updates of the Bot API become. The people are invented."""

import copy
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tanggap.channels.base import (
    HELP,
    START,
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
)
from tanggap.channels.telegram.parse import parse

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
SAID = datetime(2026, 3, 2, 4, 59, tzinfo=UTC)
ANI = 5_000_000_001  # above 2^31, as newer people have
TELEGRAM = Account("tele", "telegram", {}, {}, NOON)
ANI_THERE = Contact("telegram", str(ANI), proven=True)
WHO = {"id": ANI, "is_bot": False, "first_name": "Ani", "last_name": "Lestari", "language_code": "id"}
CHAT = {"id": ANI, "first_name": "Ani", "last_name": "Lestari", "type": "private"}
MESSAGE = {"message_id": 41, "from": WHO, "chat": CHAT, "date": int(SAID.timestamp())}


def heard(**update: object) -> Heard:
    found = parse(TELEGRAM, json.dumps({"update_id": 90_000_001, **update}).encode())
    assert len(found) == 1
    return found[0]


def said(**more: object) -> Heard:
    return heard(message={**MESSAGE, **more})


def test_words_become_a_submission_with_a_proven_sender():
    one = said(text="  Jalan berlubang di depan pasar\x00  ")
    again = said(text="  Jalan berlubang di depan pasar\x00  ")
    assert isinstance(one, Submission)
    assert (one.channel, one.account, one.external_id, one.words) == (
        "tele",
        "tele",
        f"{ANI}:41",
        "Jalan berlubang di depan pasar",
    )
    assert (one.at, one.sender, one.name, one.contacts, one.language) == (
        SAID,
        ANI_THERE,
        "Ani Lestari",
        (),
        "id",
    )
    assert (one.uuid, one.body) == (again.uuid, again.body)
    assert (one.notes, one.thread, one.replies_to, one.open_talk) == ((), "", (), False)


def test_a_message_is_itself_however_the_update_is_numbered():
    first = parse(
        TELEGRAM, json.dumps({"update_id": 1, "message": {**MESSAGE, "text": "Lampu mati"}}).encode()
    )[0]
    other = parse(
        TELEGRAM, json.dumps({"update_id": 7, "message": {**MESSAGE, "text": "Lampu mati"}}).encode()
    )[0]
    assert (first.external_id, first.uuid) == (other.external_id, other.uuid)


def test_two_accounts_hear_two_things():
    body = json.dumps({"update_id": 1, "message": {**MESSAGE, "text": "Lampu mati"}}).encode()
    assert parse(TELEGRAM, body)[0].uuid != parse(Account("lain", "telegram"), body)[0].uuid


SIZES = [
    {"file_id": "kecil", "width": 90, "height": 67, "file_size": 1200},
    {"file_id": "besar", "width": 1280, "height": 960, "file_size": 210_000},
    {"file_id": "sedang", "width": 800, "height": 600, "file_size": 90_000},
]


def test_the_best_size_of_a_photo_is_taken_with_its_caption():
    one = said(photo=SIZES, caption="Pohon tumbang")
    assert one.words == "Pohon tumbang"
    assert [dict(file.ref) for file in one.files] == [
        {"file_id": "besar", "kind": "photo", "type": "", "size": 210_000}
    ]


def test_the_biggest_that_may_be_fetched_is_taken_else_it_is_told():
    huge = {"file_id": "raksasa", "width": 9000, "height": 9000, "file_size": 30_000_000}
    assert said(photo=[*SIZES, huge]).files[0].ref["file_id"] == "besar"
    alone = said(photo=[huge], caption="Banjir")
    assert (alone.files, alone.refused_files, alone.words) == ((), ("too_big",), "Banjir")


@pytest.mark.parametrize(
    ("kind", "notes"),
    [
        ("document", ()),
        ("video", ("video",)),
        ("video_note", ("video",)),
        ("animation", ("video",)),
        ("voice", ("voice",)),
        ("audio", ("voice",)),
    ],
)
def test_files_of_every_kind_are_kept_by_their_id(kind, notes):
    file = {"file_id": "berkas-1", "mime_type": "image/jpeg", "file_name": "IMG_1.jpg", "file_size": 500}
    one = said(**{kind: file})
    assert (one.words, one.notes) == ("", notes)
    assert (one.files[0].name, dict(one.files[0].ref)) == (
        "IMG_1.jpg",
        {"file_id": "berkas-1", "kind": kind, "type": "image/jpeg", "size": 500},
    )


def test_an_animation_is_not_taken_twice():
    file = {"file_id": "gif", "mime_type": "video/mp4"}
    assert [one.ref["kind"] for one in said(animation=file, document=file).files] == ["animation"]


def test_an_album_is_one_thread():
    found = [said(message_id=number, media_group_id="13900", photo=SIZES) for number in (41, 42, 43)]
    assert [(one.thread, one.external_id) for one in found] == [
        ("album:13900", f"{ANI}:{number}") for number in (41, 42, 43)
    ]


def test_a_location_is_the_place():
    one = said(location={"latitude": -6.2, "longitude": 106.8})
    assert (one.lat, one.lon, one.words, one.notes) == (-6.2, 106.8, "", ())


def test_a_venue_is_a_place_with_a_name():
    venue = {
        "location": {"latitude": -6.2, "longitude": 106.8},
        "title": "Pasar Minggu",
        "address": "Jl. Raya 1",
    }
    one = said(venue=venue, location=venue["location"])
    assert (one.lat, one.lon, one.place) == (-6.2, 106.8, "Pasar Minggu, Jl. Raya 1")


def test_a_live_location_counts_once():
    live = {"latitude": -6.2, "longitude": 106.8, "live_period": 900}
    assert said(location=live).notes == ("live_location",)
    moved = heard(edited_message={**MESSAGE, "edit_date": MESSAGE["date"] + 5, "location": live})
    assert (type(moved), moved.why) == (Ignored, "live_location")


@pytest.mark.parametrize("wrong", [{"latitude": 100, "longitude": 1}, {"latitude": "x"}, {"longitude": 1}])
def test_a_place_of_no_earth_is_noted(wrong):
    one = said(location=wrong, text="Di sini")
    assert (one.lat, one.lon, one.notes) == (None, None, ("incomplete",))


def test_my_own_contact_is_mine_and_proves_nothing():
    one = said(contact={"phone_number": "6281234567890", "first_name": "Ani", "user_id": ANI})
    assert (one.contacts, one.notes) == (
        (Contact("phone", "+6281234567890", proven=False),),
        ("own_contact", "no_text"),
    )


@pytest.mark.parametrize("owner", [{}, {"user_id": 77}, {"user_id": "x"}, {"user_id": True}])
def test_a_third_persons_contact_makes_nobody_a_reporter(owner):
    one = said(contact={"phone_number": "+6281234567890", "first_name": "Pak RT", **owner})
    assert (one.contacts, one.sender, one.name) == ((), ANI_THERE, "Ani Lestari")
    assert one.notes[0] == "contact_of_another"
    assert "Pak RT" not in one.words


def test_a_contact_without_a_number_is_noted():
    assert said(contact={"phone_number": "x", "user_id": ANI}).contacts == ()


def test_an_answer_names_what_it_answers():
    assert said(text="Di depan pasar", reply_to_message={"message_id": 40, "chat": CHAT}).replies_to == (
        f"{ANI}:40",
    )


def test_a_forwarded_message_says_so():
    one = said(text="Banjir", forward_origin={"type": "hidden_user", "sender_user_name": "Entah", "date": 1})
    assert one.notes == ("forwarded",)


def test_a_link_behind_a_word_is_kept():
    link = {"type": "text_link", "offset": 0, "length": 4, "url": "https://peta.example/x"}
    assert said(text="Lihat sini", entities=[link, link]).words == "Lihat sini\nhttps://peta.example/x"


def test_the_programs_language_is_the_letters():
    assert said(text="Hole", **{"from": {**WHO, "language_code": "en-GB"}}).language == "en"
    assert said(text="Lubang", **{"from": {**WHO, "language_code": "jv"}}).language == "id"


COMMANDS = [
    ("/start", START, ""),
    ("/start abc123", START, "abc123"),
    ("/mulai", START, ""),
    ("/stop", STOP, ""),
    ("/STOP@TanggapBot", STOP, ""),
    ("BERHENTI", STOP, ""),
    ("berhenti.", STOP, ""),
    ("/berhenti", STOP, ""),
    ("/status JK261124-0007", STATUS, "JK261124-0007"),
    ("status JK261124-0007", STATUS, "JK261124-0007"),
    ("Cek jk261124-0007", STATUS, "jk261124-0007"),
    ("/status", STATUS, ""),
    ("/help", HELP, ""),
    ("/bantuan", HELP, ""),
    ("Bantuan", HELP, ""),
    ("/lapor", HELP, "lapor"),
    ("/entah", HELP, "entah"),
]


@pytest.mark.parametrize(("text", "verb", "argument"), COMMANDS)
def test_words_to_the_machine_are_no_report(text, verb, argument):
    one = said(text=text)
    assert isinstance(one, Command)
    assert (one.verb, one.argument, one.sender, one.external_id) == (verb, argument, ANI_THERE, f"{ANI}:41")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tolong stop truk di jalan saya", "tolong stop truk di jalan saya"),
        ("Status jalan rusak", "Status jalan rusak"),
        ("berhenti di sini bus selalu", "berhenti di sini bus selalu"),
        ("bantuan sosial belum datang", "bantuan sosial belum datang"),
        ("/lapor jalan rusak", "jalan rusak"),
        ("/peta banjir di sini", "/peta banjir di sini"),
        ("/ jalan", "/ jalan"),
    ],
)
def test_the_same_words_inside_a_sentence_are_a_report(text, words):
    one = said(text=text)
    assert (type(one), one.words) == (Submission, words)


def test_who_blocks_the_bot_wants_no_more_letters():
    kicked = {"chat": CHAT, "from": WHO, "date": MESSAGE["date"], "new_chat_member": {"status": "kicked"}}
    one = heard(my_chat_member=kicked)
    assert (type(one), one.verb, one.argument, one.sender) == (Command, STOP, "blocked", ANI_THERE)
    back = heard(my_chat_member={**kicked, "new_chat_member": {"status": "member"}})
    assert (type(back), back.why) == (Ignored, "unblocked")


def test_an_edit_names_the_first_words():
    one = heard(
        edited_message={**MESSAGE, "edit_date": MESSAGE["date"] + 30, "text": "Jalan Mawar, bukan Melati"}
    )
    assert isinstance(one, Edit)
    assert (one.of, one.external_id, one.words) == (
        f"{ANI}:41",
        f"{ANI}:41:edit:90000001",
        "Jalan Mawar, bukan Melati",
    )
    assert one.at.timestamp() - SAID.timestamp() == 30


def test_an_edit_that_takes_no_words_leaves_them():
    assert heard(edited_message={**MESSAGE, "photo": SIZES}).why == "edit_without_words"


def test_a_button_of_a_command_does_what_the_command_does():
    pressed = {"id": "9", "from": WHO, "message": {"chat": CHAT}, "data": "/status JK261124-0007"}
    one = heard(callback_query=pressed)
    assert (type(one), one.verb, one.argument) == (Command, STATUS, "JK261124-0007")
    assert heard(callback_query={**pressed, "data": "acak"}).why == "button"


GROUP = {"id": -1_001_234_567_890, "type": "supergroup", "title": "RT 05"}


@pytest.mark.parametrize(
    ("update", "why"),
    [
        ({"message": {**MESSAGE, "chat": GROUP, "text": "Jalan rusak"}}, "group"),
        ({"message": {**MESSAGE, "chat": {**GROUP, "type": "channel"}, "text": "Jalan rusak"}}, "channel"),
        ({"edited_message": {**MESSAGE, "chat": GROUP, "text": "Jalan rusak"}}, "group"),
        ({"my_chat_member": {"chat": GROUP, "from": WHO, "new_chat_member": {"status": "kicked"}}}, "group"),
        ({"channel_post": {"message_id": 1, "chat": GROUP, "text": "Kabar"}}, "channel"),
        ({"message": {**MESSAGE, "from": {**WHO, "is_bot": True}, "text": "Laporan Anda diterima"}}, "bot"),
        ({"message": {**MESSAGE, "sticker": {"file_id": "s", "emoji": "👍"}}}, "sticker"),
        ({"message": {**MESSAGE, "dice": {"emoji": "🎲", "value": 3}}}, "sticker"),
        ({"message": {**MESSAGE, "pinned_message": {"message_id": 3}}}, "service_message"),
        ({"inline_query": {"id": "1", "from": WHO, "query": "a"}}, "inline_query"),
        ({"message_reaction": {"chat": CHAT}}, "reaction"),
        ({"business_message": MESSAGE}, "business"),
        ({"poll": {"id": "1"}}, "poll"),
    ],
)
def test_what_is_not_said_to_us_is_kept_and_not_answered(update, why):
    one = heard(**update)
    assert (type(one), one.why) == (Ignored, why)


@pytest.mark.parametrize(
    ("update", "why"),
    [
        ({"message": {**MESSAGE, "hologram": {"file_id": "h"}}}, "unknown_message"),
        ({"message": {**MESSAGE, "story": {"id": 1}}}, "unknown_message"),
        ({"mind_reading": {"thought": "?"}}, "unknown_update"),
        ({"message": {"text": "Tanpa pengirim"}}, "no_ids"),
        ({"message": {**MESSAGE, "message_id": "x", "text": "a"}}, "no_ids"),
        ({"message": 7}, "unknown_update"),
        ({}, "unknown_update"),
    ],
)
def test_what_is_not_known_here_is_kept_for_a_person(update, why):
    one = heard(**update)
    assert (type(one), one.why) == (Unreadable, why)


def test_of_an_unknown_message_the_sender_is_known():
    assert said(hologram={"file_id": "h"}).sender == ANI_THERE


@pytest.mark.parametrize("date", [0, -5, 1e300, "kemarin", None, True, 99_999_999_999])
def test_a_senseless_time_is_now(date):
    assert said(text="Jalan rusak", date=date).at == NOON


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff", b'{"a":' + b"9" * 6000 + b"}"])
def test_what_is_no_json_is_kept_as_it_came(body):
    one = parse(TELEGRAM, body)[0]
    assert (type(one), one.why, one.body) == (Unreadable, "no_json", body)


def test_halves_of_signs_can_be_stored():
    assert (
        said(text="Jalan \ud800rusak", **{"from": {**WHO, "first_name": "\udfffAni"}}).words == "Jalan ?rusak"
    )


WHOLE = {
    "update_id": 1,
    "message": {
        **MESSAGE,
        "text": "a",
        "caption": "b",
        "photo": SIZES,
        "document": SIZES[0],
        "venue": {"location": {"latitude": 1, "longitude": 2}, "title": "t"},
        "contact": {"phone_number": "1", "user_id": ANI},
        "entities": [{"type": "text_link", "url": "u"}],
        "reply_to_message": {"message_id": 1},
        "media_group_id": "g",
    },
}


def paths(value: object, path: tuple = ()) -> list[tuple]:
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *[deep for key, one in rows for deep in paths(one, (*path, key))]]


strange = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=2) | some.dictionaries(some.text(max_size=5), inner, max_size=2),
    max_leaves=3,
)


@given(some.sampled_from(paths(WHOLE)[1:]), strange, some.sampled_from(["message", "edited_message"]))
def test_whatever_stands_in_any_place_it_ends_as_something_heard(path, value, kind):
    whole = copy.deepcopy(WHOLE)
    inner = whole
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    whole[kind] = whole.pop("message", None)
    found = parse(TELEGRAM, json.dumps(whole).encode())
    assert [isinstance(one, Heard) for one in found] == [True]
    assert 0 < len(found[0].external_id) <= 200
    found[0].body.decode("ascii")
