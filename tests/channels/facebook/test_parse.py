"""What a post of the page's webhook is heard as: the feed, and private messages."""

import random

import pytest

from tanggap.channels.base import (
    Command,
    Contact,
    Delivery,
    Edit,
    Ignored,
    Submission,
    Unreadable,
    Withdrawal,
)
from tanggap.channels.facebook.parse import parse
from tests.world import graph_says as says
from tests.world.graph_accounts import AT, NOON, account

ANI = "5001"
ME = Contact("facebook", ANI, proven=True)
POST, WORD = f"{says.PAGE}_900", "900_1"
MS = AT * 1000


def heard(*entries):
    return parse(account("facebook"), says.post("facebook", *entries))


def one(entry):
    (found,) = heard(entry)
    return found


# ---- the feed ----


def test_a_comment_is_open_talk_of_its_author_below_the_post():
    said = one(says.comment(AT, WORD, "Lampu jalan mati", by=ANI))
    assert (said.external_id, said.words, said.sender, said.name) == (
        WORD,
        "Lampu jalan mati",
        ME,
        "Ani Contoh",
    )
    assert (said.open_talk, said.thread, said.replies_to, said.at) == (True, "", (POST,), NOON)


def test_an_answer_to_a_comment_names_the_comment_before_the_post():
    said = one(says.comment(AT, "900_2", "Masih mati", by=ANI, parent_id=WORD))
    assert said.replies_to == (WORD, POST)


@pytest.mark.parametrize("item", ["post", "status", "share"])
def test_a_visitors_post_is_open_talk_too(item):
    said = one(says.visitor_post(AT, f"{says.PAGE}_901", "Got mampet", by=ANI, item=item))
    assert (said.external_id, said.open_talk, said.sender, said.replies_to) == (
        f"{says.PAGE}_901",
        True,
        ME,
        (),
    )


def test_pictures_of_a_post_and_of_a_comment_are_fetched_later():
    photo = "https://scontent.xx.fbcdn.net/a.jpg"
    post = one(says.visitor_post(AT, f"{says.PAGE}_902", "", by=ANI, item="photo", link=photo))
    comment = one(says.comment(AT, "900_3", "Ini", by=ANI, photo=photo))
    album = one(says.visitor_post(AT, f"{says.PAGE}_903", "Tiga", by=ANI, photos=[photo, photo + "2", photo]))
    assert [[dict(file.ref)["url"] for file in said.files] for said in (post, comment, album)] == [
        [photo], [photo], [photo, photo + "2"],
    ]  # fmt: skip


@pytest.mark.parametrize(("item", "word"), [("comment", WORD), ("post", POST)])
def test_without_an_author_the_word_itself_is_the_address(item, word):
    entry = (
        says.comment(AT, word, "Lampu mati")
        if item == "comment"
        else says.visitor_post(AT, word, "Lampu mati", item=item)
    )
    said = one(entry)
    assert (said.sender, said.notes, said.name) == (
        Contact("facebook", f"{item}:{word}", True),
        ("no_author",),
        "",
    )


@pytest.mark.parametrize("verb", ["add", "edited", "remove", "hide"])
def test_the_page_itself_is_never_heard(verb):
    said = one(says.comment(AT, WORD, "Terima kasih", by=says.PAGE, verb=verb))
    assert (type(said), said.why) == (Ignored, "own")


@pytest.mark.parametrize("verb", ["edited", "edit", "unhide"])
def test_an_edit_tells_the_new_words(verb):
    said = one(says.comment(AT, WORD, "Lampu jalan nyala lagi", by=ANI, verb=verb))
    assert (type(said), said.of, said.words) == (Edit, WORD, "Lampu jalan nyala lagi")


def test_each_edit_is_its_own_and_the_same_one_again_is_the_same():
    first, second = (says.comment(AT, WORD, words, by=ANI, verb="edited") for words in ("Satu", "Dua"))
    ids = [said.external_id for said in heard(first, second, first)]
    assert (ids[0] == ids[2], ids[0] == ids[1]) == (True, False)


@pytest.mark.parametrize("verb", ["remove", "delete", "hide"])
def test_what_is_taken_away_or_hidden_is_withdrawn(verb):
    said = one(says.comment(AT, WORD, "", by=ANI, verb=verb))
    assert (type(said), said.of) == (Withdrawal, WORD)


def test_signs_are_kept_and_are_no_words():
    said = one(says.feed(AT, {"item": "reaction", "verb": "add", "post_id": POST, "from": {"id": ANI}}))
    assert (type(said), said.why) == (Ignored, "reaction")


@pytest.mark.parametrize(
    "value",
    [{}, {"item": "comment"}, {"item": "comment", "verb": "add"}, {"item": "story", "verb": "add", "post_id": "1"},
     {"item": "comment", "verb": "dance", "comment_id": WORD}, {"item": [], "verb": {}}],
)  # fmt: skip
def test_what_the_feed_says_in_another_way_is_kept_for_a_person(value):
    assert isinstance(one(says.feed(AT, value)), Unreadable)


def test_a_comment_without_words_or_picture_is_kept_with_who_wrote_it():
    said = one(says.comment(AT, WORD, "", by=ANI))
    assert (type(said), said.why, said.sender, said.external_id) == (Unreadable, "no_content", ME, WORD)


def test_another_page_of_the_same_app_is_kept_for_a_person():
    entries = says.feed(
        AT, {"item": "comment", "verb": "add", "comment_id": WORD, "message": "x"}, page="999"
    )
    direct = says.direct(MS, ANI, "m_1", "Halo", owner="999")
    assert [(type(said), said.why) for said in heard(entries, direct)] == [(Unreadable, "other_page")] * 2


def test_other_fields_hold_nobodys_words():
    said = one({"id": says.PAGE, "time": AT, "changes": [{"field": "ratings", "value": {"item": "rating"}}]})
    assert (type(said), said.why) == (Ignored, "ratings")


# ---- private messages ----


def test_a_private_message():
    said = one(says.direct(MS, ANI, "m_A1", "Lampu mati di gang 3"))
    assert (said.external_id, said.words, said.sender, said.at) == ("m_A1", "Lampu mati di gang 3", ME, NOON)
    assert (said.open_talk, said.thread, said.replies_to) == (False, "", ())


def test_an_answer_names_what_it_answers():
    assert one(says.direct(MS, ANI, "m_A2", "Ya", reply_to={"mid": "m_OUR"})).replies_to == ("m_OUR",)


def test_attachments_are_fetched_by_their_address():
    files = [
        {"type": kind, "payload": {"url": f"https://cdn.fbsbx.com/{kind}"}}
        for kind in ("image", "audio", "file")
    ]
    said = one(says.direct(MS, ANI, "m_A3", attachments=files))
    assert [(file.name, dict(file.ref)["url"]) for file in said.files] == [
        ("image.jpg", "https://cdn.fbsbx.com/image"),
        ("audio.mp4", "https://cdn.fbsbx.com/audio"),
        ("file.bin", "https://cdn.fbsbx.com/file"),
    ]
    assert said.notes == ("image", "audio", "file")


def test_a_sticker_a_link_and_a_place():
    sticker = one(
        says.direct(
            MS,
            ANI,
            "m_1",
            attachments=[{"type": "image", "payload": {"url": "https://cdn.fbsbx.com/s", "sticker_id": 36}}],
        )
    )
    link = one(
        says.direct(
            MS,
            ANI,
            "m_2",
            attachments=[{"type": "fallback", "payload": {"url": "https://contoh.id/a", "title": "Berita"}}],
        )
    )
    place = one(
        says.direct(
            MS,
            ANI,
            "m_3",
            attachments=[{"type": "location", "payload": {"coordinates": {"lat": -6.2, "long": 106.8}}}],
        )
    )
    assert (sticker.notes, len(sticker.files)) == (("sticker",), 1)
    assert (link.words, link.files) == ("Berita https://contoh.id/a", ())
    assert (place.lat, place.lon, place.words) == (-6.2, 106.8, "")


def test_more_files_than_anybody_sends_are_marked_as_incomplete():
    files = [{"type": "image", "payload": {"url": f"https://cdn.fbsbx.com/{n}"}} for n in range(500)]
    said = one(says.direct(MS, ANI, "m_4", attachments=files))
    assert (len(said.files), said.notes[-1]) == (20, "incomplete")


def test_our_own_echo_is_never_a_report():
    """C05"""
    echo = one(says.direct(MS, says.PAGE, "m_OUR", "Laporan Anda diterima", is_echo=True, app_id=1))
    by_id = one(says.direct(MS, says.PAGE, "m_OUR2", "Laporan Anda diterima"))
    assert [(type(said), said.why) for said in (echo, by_id)] == [(Ignored, "echo")] * 2


def test_the_echo_of_a_letter_says_that_it_went():
    said = one(says.direct(MS, says.PAGE, "m_OUR", "Laporan", is_echo=True, metadata="tanggap:42"))
    assert (type(said), said.state, said.letter, said.of) == (Delivery, "sent", 42, "m_OUR")


def test_a_strangers_metadata_without_an_echo_is_no_letter():
    said = one(says.direct(MS, ANI, "m_5", "Laporan", metadata="tanggap:42"))
    assert type(said) is Submission


def test_delivered_names_each_message_and_read_all_up_to_a_moment():
    delivered = heard(says.messaging(MS, ANI, {"delivery": {"mids": ["m_1", "m_2"], "watermark": MS}}))
    read = one(says.messaging(MS + 5000, ANI, {"read": {"watermark": MS}}))
    assert [(one.state, one.of) for one in delivered] == [("delivered", "m_1"), ("delivered", "m_2")]
    assert (read.state, read.of, read.at) == ("read", f"to:{ANI}", NOON)


@pytest.mark.parametrize(
    "told", [{"delivery": {}}, {"delivery": {"mids": "x"}}, {"read": {}}, {"read": None}]
)
def test_a_state_of_nothing_is_no_news(told):
    assert isinstance(one(says.messaging(MS, ANI, told)), Ignored)


def test_a_pressed_button_says_its_title():
    said = one(says.messaging(MS, ANI, {"postback": {"title": "Lapor", "payload": "REPORT", "mid": "m_6"}}))
    assert (type(said), said.words, said.external_id) == (Submission, "Lapor", "m_6")


def test_an_edited_private_message():
    said = one(says.messaging(MS, ANI, {"message_edit": {"mid": "m_A1", "text": "Gang 4", "num_edit": 1}}))
    assert (type(said), said.of, said.words, said.external_id) == (Edit, "m_A1", "Gang 4", "edit:m_A1:1")


def test_stop_is_a_command():
    said = one(says.direct(MS, ANI, "m_7", "BERHENTI"))
    assert (type(said), said.verb, said.sender) == (Command, "stop", ME)


@pytest.mark.parametrize(
    ("content", "kind", "why"),
    [
        ({"reaction": {"mid": "m_1", "action": "react"}}, Ignored, "reaction"),
        ({"optin": {"ref": "x"}}, Ignored, "optin"),
        ({"policy_enforcement": {"action": "block"}}, Unreadable, "unknown"),
        ({"message": {"mid": "m_8"}}, Unreadable, "no_content"),
        ({"message": {"text": "tanpa id"}}, Unreadable, "no_id"),
        ({"message": {"mid": "m_9", "is_unsupported": True}}, Unreadable, "unsupported"),
        ({}, Unreadable, "unknown"),
    ],
)
def test_what_holds_no_words_for_us(content, kind, why):
    said = one(says.messaging(MS, ANI, content))
    assert (type(said), said.why) == (kind, why)


def test_a_thousand_in_one_post_are_each_heard_in_order():
    entries = [says.comment(AT + n, f"900_{n}", f"Nomor {n}", by=ANI) for n in range(1000)]
    assert [said.external_id for said in heard(*entries)] == [f"900_{n}" for n in range(1000)]


def test_a_broken_one_does_not_hold_up_the_others():
    entries = [says.comment(AT, f"900_{n}", f"Nomor {n}", by=ANI) for n in range(3)]
    entries[1]["changes"][0]["value"] = [1, 2]
    assert [type(said).__name__ for said in heard(*entries)] == ["Submission", "Unreadable", "Submission"]


def test_a_post_torn_at_random_places_never_raises():
    whole = says.post(
        "facebook", says.comment(AT, WORD, "Lampu", by=ANI), says.direct(MS, ANI, "m_1", "Halo")
    )
    draw = random.Random(11)
    for _ in range(400):
        torn = bytearray(whole)
        for _ in range(draw.randrange(1, 6)):
            torn[draw.randrange(len(torn))] = draw.randrange(32, 127)
        assert len(parse(account("facebook"), bytes(torn))) >= 1
