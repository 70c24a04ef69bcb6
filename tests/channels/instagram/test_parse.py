"""What a post of Instagram's webhook is heard as, in both shapes."""

import random

import pytest

from tanggap.channels.base import Contact, Delivery, Edit, Ignored, Submission, Unreadable, Withdrawal
from tanggap.channels.instagram.parse import parse
from tests.world import graph_says as says
from tests.world.graph_accounts import AT, NOON, account

ANI, WORD, MEDIA = "6001", "17910000000000001", "17900000000000900"
ME = Contact("instagram", ANI, proven=True)
MS = AT * 1000
both_shapes = pytest.mark.parametrize("flat", [False, True], ids=["changes", "flat"])


def heard(*entries):
    return parse(account("instagram"), says.post("instagram", *entries))


def one(entry):
    (found,) = heard(entry)
    return found


def direct(mid, words="", **more):
    return says.direct(MS, more.pop("by", ANI), mid, words, owner=says.INSTAGRAM, **more)


@both_shapes
def test_a_comment_is_open_talk_in_both_shapes(flat):
    said = one(says.instagram_comment(AT, WORD, "Sampah di kali", by=ANI, flat=flat))
    assert (said.external_id, said.words, said.sender, said.name) == (
        WORD,
        "Sampah di kali",
        ME,
        "ani.contoh",
    )
    assert (said.open_talk, said.thread, said.replies_to, said.at) == (True, "", (MEDIA,), NOON)


def test_the_two_shapes_of_one_comment_are_one_thing():
    first, second = (
        one(says.instagram_comment(AT, WORD, "Sampah", by=ANI, flat=flat)) for flat in (False, True)
    )
    assert (first.uuid, first.body) == (second.uuid, second.body)


def test_an_answer_names_the_comment_before_the_post():
    said = one(says.instagram_comment(AT, "1792", "Masih ada", by=ANI, parent_id=WORD))
    assert said.replies_to == (WORD, MEDIA)


def test_without_an_author_the_word_is_the_address():
    said = one(says.instagram_comment(AT, WORD, "Sampah"))
    assert (said.sender, said.notes) == (Contact("instagram", f"comment:{WORD}", True), ("no_author",))


@both_shapes
def test_the_account_itself_is_never_heard(flat):
    said = one(says.instagram_comment(AT, WORD, "Terima kasih", by=says.INSTAGRAM, flat=flat))
    assert (type(said), said.why) == (Ignored, "own")


def test_a_comment_below_a_live_film_is_marked():
    entry = says.instagram_comment(AT, WORD, "Banjir", by=ANI)
    entry["changes"][0]["field"] = "live_comments"
    assert one(entry).notes == ("live",)


def test_a_mention_in_somebody_elses_post_is_for_a_person():
    said = one(
        {"id": says.INSTAGRAM, "time": AT, "field": "mentions", "value": {"media_id": "1", "comment_id": "2"}}
    )
    assert (type(said), said.why, said.external_id) == (Unreadable, "mention", "mention:1:2")


@pytest.mark.parametrize(
    "value", [{"id": WORD, "from": {"id": ANI}}, {"id": WORD, "text": ""}, {"text": "tanpa id"}]
)
def test_a_comment_we_can_not_read_is_kept(value):
    said = one({"id": says.INSTAGRAM, "time": AT, "changes": [{"field": "comments", "value": value}]})
    assert type(said) is Unreadable


def test_another_account_of_the_same_app_is_kept_for_a_person():
    entries = [says.instagram_comment(AT, WORD, "x", by=ANI), direct("m1", "x")]
    for entry in entries:
        entry["id"] = "999"
    assert [(type(said), said.why) for said in heard(*entries)] == [(Unreadable, "other_account")] * 2


def test_other_fields_hold_nobodys_words():
    said = one({"id": says.INSTAGRAM, "time": AT, "field": "story_insights", "value": {"media_id": "1"}})
    assert (type(said), said.why) == (Ignored, "story_insights")


# ---- direct messages ----


def test_a_direct_message_and_its_answer():
    said = one(direct("aWdfA1", "Sampah di kali", reply_to={"mid": "aWdfOUR"}))
    assert (said.external_id, said.words, said.sender, said.replies_to, said.at) == (
        "aWdfA1", "Sampah di kali", ME, ("aWdfOUR",), NOON,
    )  # fmt: skip


def test_messages_in_the_shape_of_a_change_too():
    event = {"sender": {"id": ANI}, "recipient": {"id": says.INSTAGRAM}, "timestamp": MS}
    value = {**event, "message": {"mid": "aWdfA2", "text": "Halo"}}
    said = one({"id": says.INSTAGRAM, "time": AT, "changes": [{"field": "messages", "value": value}]})
    assert (said.external_id, said.words, said.sender) == ("aWdfA2", "Halo", ME)


def test_attachments_by_address_and_shared_posts_as_words():
    url = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1"
    files = [
        {"type": "image", "payload": {"url": url}},
        {"type": "ig_reel", "payload": {"url": "https://x/r", "title": "T"}},
    ]
    said = one(direct("aWdfA3", attachments=files))
    assert ([dict(file.ref) for file in said.files], said.words) == ([{"url": url}], "T https://x/r")


def test_what_was_unsent_is_withdrawn():
    """C04"""
    said = one(direct("aWdfA1", is_deleted=True))
    assert (type(said), said.of, said.external_id) == (Withdrawal, "aWdfA1", "deleted:aWdfA1")


def test_our_own_words_taken_back_are_nobodys():
    said = one(direct("aWdfOUR", by=says.INSTAGRAM, is_deleted=True))
    assert (type(said), said.why, said.external_id) == (Ignored, "echo", "deleted:aWdfOUR")


def test_what_the_provider_can_not_show_is_kept_with_its_sender():
    said = one(direct("aWdfA4", is_unsupported=True))
    assert (type(said), said.why, said.sender) == (Unreadable, "unsupported", ME)


@pytest.mark.parametrize("how", [{"is_echo": True}, {}])
def test_our_own_echo_is_never_a_report(how):
    said = one(direct("aWdfOUR", "Laporan Anda diterima", by=says.INSTAGRAM, **how))
    assert (type(said), said.why) == (Ignored, "echo")


def test_seen_names_the_message():
    said = one(says.messaging(MS, ANI, {"read": {"mid": "aWdfOUR"}}, owner=says.INSTAGRAM))
    assert (type(said), said.state, said.of) == (Delivery, "read", "aWdfOUR")


def test_an_edited_direct_message():
    edit = {"message_edit": {"mid": "aWdfA1", "text": "Sampah di got", "num_edit": "2"}}
    said = one(says.messaging(MS, ANI, edit, owner=says.INSTAGRAM))
    assert (type(said), said.of, said.words) == (Edit, "aWdfA1", "Sampah di got")


def test_a_post_torn_at_random_places_never_raises():
    whole = says.post(
        "instagram", says.instagram_comment(AT, WORD, "Sampah", by=ANI, flat=True), direct("m1", "Halo")
    )
    draw = random.Random(13)
    for _ in range(400):
        torn = bytearray(whole)
        for _ in range(draw.randrange(1, 6)):
            torn[draw.randrange(len(torn))] = draw.randrange(32, 127)
        assert len(parse(account("instagram"), bytes(torn))) >= 1


def test_a_burst_is_heard_in_its_order():
    entries = [
        says.instagram_comment(AT, f"179{n}", f"Nomor {n}", by=ANI, flat=n % 2 == 0) for n in range(200)
    ]
    said = heard(*entries)
    assert [(type(one), one.words) for one in said] == [(Submission, f"Nomor {n}") for n in range(200)]
