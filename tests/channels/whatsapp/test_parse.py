"""What a post of WhatsApp's webhook is heard as."""

import json
import random

import pytest

from tanggap.channels.base import (
    Command,
    Contact,
    Delivery,
    Edit,
    Ignored,
    Moved,
    Submission,
    Unreadable,
    Withdrawal,
)
from tanggap.channels.whatsapp.parse import parse
from tests.world import graph_says as says
from tests.world.graph_accounts import AT, NOON, account

USER, NUMBER = "ID.1000000000000001", "6281200000001"
ANI = says.person(USER, NUMBER)
ME = Contact("whatsapp", USER, proven=True)


def heard(*entries):
    return parse(account("whatsapp"), says.post("whatsapp", *entries))


def one(entry):
    (found,) = heard(entry)
    return found


def content(kind, value, **more):
    return one(says.message(ANI, "wamid.X1", AT, kind, value, **more))


# ---- who ----


@pytest.mark.parametrize(
    ("user", "number", "sender", "contacts"),
    [
        (USER, NUMBER, ME, (Contact("phone", f"+{NUMBER}"),)),
        (USER, "", ME, ()),
        ("", NUMBER, Contact("whatsapp", NUMBER, proven=True), (Contact("phone", f"+{NUMBER}"),)),
    ],
    ids=["both", "no number", "no id"],
)
def test_a_person_is_known_by_the_providers_id_and_a_number_is_one_more_address(
    user, number, sender, contacts
):
    said = one(says.text(says.person(user, number), "wamid.A1", AT, "Jalan berlubang di Cikini"))
    assert (said.sender, said.contacts, said.name) == (sender, contacts, "Ani Contoh")


def test_a_message_of_nobody_is_kept_for_a_person():
    said = one(says.text(says.person(), "wamid.A1", AT, "Jalan berlubang"))
    assert (type(said), said.why, said.external_id) == (Unreadable, "no_sender", "wamid.A1")


def test_words_of_one_are_never_put_in_the_mouth_of_another():
    budi = says.person("ID.2", "6281200000002", "Budi Contoh")
    said = heard(
        says.together(says.text(ANI, "wamid.A1", AT, "Satu"), says.text(budi, "wamid.B1", AT, "Dua"))
    )
    assert [(one.sender.address, one.name, one.words) for one in said] == [
        (USER, "Ani Contoh", "Satu"),
        ("ID.2", "Budi Contoh", "Dua"),
    ]


def test_a_message_to_another_number_of_the_business_is_kept_for_a_person():
    entry = says.text(ANI, "wamid.A1", AT, "Jalan berlubang")
    entry["changes"][0]["value"]["metadata"]["phone_number_id"] = "999"
    assert [(type(one), one.why) for one in heard(entry)] == [(Unreadable, "other_number")]


# ---- every type ----


def test_text():
    said = one(says.text(ANI, "wamid.A1", AT, "  Jalan berlubang di Cikini  "))
    assert (said.words, said.external_id, said.account, said.channel) == (
        "Jalan berlubang di Cikini",
        "wamid.A1",
        "uji",
        "uji",
    )
    assert (said.at, said.open_talk, said.thread, said.notes) == (NOON, False, "", ())


@pytest.mark.parametrize("kind", ["image", "document", "audio", "video", "voice", "sticker"])
def test_a_file_is_named_by_its_id_and_fetched_later(kind):
    said = content(kind, {"id": "55", "mime_type": "image/jpeg", "sha256": "abc=", "caption": "Ini fotonya"})
    assert (said.words, said.notes) == ("Ini fotonya", (kind,))
    assert (said.files[0].data, dict(said.files[0].ref)) == (
        None,
        {"id": "55", "sha256": "abc=", "mime": "image/jpeg"},
    )


@pytest.mark.parametrize(
    ("kind", "value", "name"),
    [
        ("image", {"id": "1", "mime_type": "image/jpeg"}, "image.jpg"),
        ("document", {"id": "1", "mime_type": "application/pdf", "filename": "surat.pdf"}, "surat.pdf"),
        ("document", {"id": "1", "mime_type": "application/vnd.android.package-archive"}, "document.bin"),
        ("audio", {"id": "1", "mime_type": "audio/ogg; codecs=opus", "voice": True}, "voice.ogg"),
        ("sticker", {"id": "1", "mime_type": "image/webp", "animated": False}, "sticker.webp"),
    ],
)
def test_a_file_without_words_is_still_a_message(kind, value, name):
    said = content(kind, value)
    assert (type(said), said.words, said.files[0].name) == (Submission, "", name)


def test_a_place_is_a_point_and_its_name():
    said = content(
        "location", {"latitude": -6.19, "longitude": 106.84, "name": "Pasar", "address": "Jl. Contoh 1"}
    )
    assert (said.lat, said.lon, said.place, said.words) == (-6.19, 106.84, "Pasar, Jl. Contoh 1", "")


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"latitude": 91, "longitude": 0},
        {"latitude": "x", "longitude": 1},
        {"latitude": float("nan"), "longitude": 1},
    ],
)
def test_a_place_that_is_nowhere_is_kept_for_a_person(value):
    assert (type(content("location", value)), content("location", value).why) == (Unreadable, "location")


def test_a_third_persons_card_is_words_and_no_address_of_the_sender():
    card = {
        "name": {"formatted_name": "Pak RT Contoh"},
        "phones": [{"phone": "+62 812-0000-0009", "wa_id": "62812"}],
    }
    said = content("contacts", [card])
    assert (said.words, said.notes) == ("Pak RT Contoh +62 812-0000-0009", ("contact_card",))
    assert (said.sender, said.contacts) == (ME, (Contact("phone", f"+{NUMBER}"),))


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("button", {"text": "Sudah selesai", "payload": "done"}, "Sudah selesai"),
        ("interactive", {"type": "button_reply", "button_reply": {"id": "y", "title": "Ya"}}, "Ya"),
        ("interactive", {"type": "list_reply", "list_reply": {"id": "1", "title": "Sampah"}}, "Sampah"),
        (
            "interactive",
            {
                "type": "nfm_reply",
                "nfm_reply": {"response_json": '{"flow_token":"t","jalan":"Cikini","rt":7}'},
            },
            "jalan: Cikini\nrt: 7",
        ),
        ("order", {"catalog_id": "1", "text": "Mau lapor", "product_items": []}, "Mau lapor"),
    ],
)
def test_what_was_pressed_or_filled_in_is_words(kind, value, words):
    assert content(kind, value).words == words


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("unsupported", None),
        ("unknown", None),
        ("hologram", {"id": "1"}),
        ("text", {}),
        ("text", None),
        ("image", {"caption": "tanpa id"}),
        ("order", {"catalog_id": "1"}),
        ("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": "[" * 5000}}),
        ("contacts", [{"name": 5}]),
        ("contacts", "x"),
    ],
)
def test_a_type_we_can_not_read_is_kept_whole_with_its_sender(kind, value):
    said = content(kind, value)
    assert (type(said), said.why, said.sender, said.external_id) == (Unreadable, kind, ME, "wamid.X1")
    assert json.loads(said.body)["message"]["type"] == kind


def test_unsupported_as_the_provider_sends_it():
    said = one(says.unsupported(ANI, "wamid.U1", AT))
    assert (type(said), said.why, said.sender) == (Unreadable, "unsupported", ME)


def test_a_sign_on_our_message_is_no_report():
    said = content("reaction", {"message_id": "wamid.OUR", "emoji": "\U0001f44d"})
    assert (type(said), said.why) == (Ignored, "reaction")


def test_an_answer_names_what_it_answers():
    said = content("text", {"body": "Di depan pasar"}, context={"from": says.DISPLAY, "id": "wamid.OUR"})
    assert (said.replies_to, said.notes) == (("wamid.OUR",), ())


def test_what_was_passed_on_is_marked():
    assert content("text", {"body": "Awas!"}, context={"frequently_forwarded": True}).notes == ("forwarded",)


def test_a_group_is_open_talk():
    said = content("text", {"body": "Lampu mati"}, group_id="G.1")
    assert (said.open_talk, said.thread, said.notes) == (True, "G.1", ("group",))


@pytest.mark.parametrize(
    ("words", "verb", "argument"),
    [("STOP", "stop", ""), ("berhenti", "stop", ""), ("Status JK260302-0007", "status", "JK260302-0007"),
     ("bantuan", "help", ""), ("MULAI.", "start", "")],
)  # fmt: skip
def test_words_to_the_machine_are_commands(words, verb, argument):
    said = one(says.text(ANI, "wamid.A1", AT, words))
    assert (type(said), said.verb, said.argument, said.sender) == (Command, verb, argument, ME)


@pytest.mark.parametrize(
    "words", ["tolong stop truk di jalan saya", "status jalan rusak", "stop sampah di kali"]
)
def test_the_same_words_inside_a_sentence_are_a_report(words):
    assert (type(one(says.text(ANI, "wamid.A1", AT, words))), one(says.text(ANI, "w", AT, words)).words) == (
        Submission,
        words,
    )


# ---- later ----


def test_an_edit_and_a_withdrawal_name_what_they_are_of():
    text = {"type": "text", "text": {"body": "Jalan Cikini Raya"}}
    edit = content("edit", {"original_message_id": "wamid.A1", "message": text})
    gone = content("revoke", {"original_message_id": "wamid.A1"})
    assert (type(edit), edit.of, edit.words, edit.external_id) == (
        Edit, "wamid.A1", "Jalan Cikini Raya", "edit:wamid.X1",
    )  # fmt: skip
    assert (type(gone), gone.of, gone.external_id) == (Withdrawal, "wamid.A1", "wamid.X1")


@pytest.mark.parametrize("kind", ["edit", "revoke"])
def test_a_change_of_nothing_is_kept_for_a_person(kind):
    assert (type(content(kind, {})), content(kind, {}).why) == (Unreadable, kind)


def test_a_new_number_moves_the_id_and_the_number():
    moves = heard(says.moved("wamid.S1", AT, NUMBER, "6281300000001", USER, "ID.77"))
    assert [(type(one), one.old, one.new) for one in moves] == [
        (Moved, ME, Contact("whatsapp", "ID.77", proven=True)),
        (Moved, Contact("phone", f"+{NUMBER}"), Contact("phone", "+6281300000001")),
    ]
    assert len({one.external_id for one in moves}) == 2


def test_a_new_number_as_told_before_there_were_ids():
    told = {"type": "customer_changed_number", "body": "x", "customer": NUMBER, "wa_id": "6281300000001"}
    entry = says.message(says.person("", NUMBER), "wamid.S1", AT, "system", told)
    assert [(one.old.address, one.new.address) for one in heard(entry)] == [
        (NUMBER, "6281300000001"),
        (f"+{NUMBER}", "+6281300000001"),
    ]


def test_a_new_id_without_a_number():
    said = one(says.new_id("wamid.S2", AT, USER, "ID.78"))
    assert (type(said), said.old, said.new) == (Moved, ME, Contact("whatsapp", "ID.78", proven=True))


@pytest.mark.parametrize(
    ("told", "kind"),
    [({"type": "customer_identity_changed"}, Ignored), ({"type": "new_thing"}, Unreadable), ({}, Unreadable)],
)
def test_other_words_of_the_system(told, kind):
    assert isinstance(content("system", told), kind)


# ---- what became of our letters ----


@pytest.mark.parametrize("word", ["sent", "delivered", "read"])
def test_a_state_carries_our_letters_id_back(word):
    said = one(says.status("wamid.OUR", word, AT, carried="tanggap:42"))
    assert (type(said), said.state, said.letter, said.of, said.reason, said.at) == (
        Delivery, word, 42, "wamid.OUR", "", NOON,
    )  # fmt: skip


@pytest.mark.parametrize(
    "carried", ["", "42", "tanggap:", "tanggap:0", "tanggap:-1", "other:42", "tanggap:4²"]
)
def test_what_another_system_sent_along_is_no_letter_of_ours(carried):
    said = one(says.status("wamid.OUR", "read", AT, carried=carried))
    assert (said.letter, said.of) == (None, "wamid.OUR")


def test_a_failure_tells_its_code_alone():
    said = one(says.status("wamid.OUR", "failed", AT, carried="tanggap:42", code=131047))
    assert (said.state, said.reason, said.gone) == ("failed", "graph_131047", False)


def test_a_state_not_known_here_is_no_news():
    assert (type(one(says.status("w", "warmed", AT))), one(says.status("w", "warmed", AT)).why) == (
        Ignored,
        "status",
    )


def test_states_have_ids_of_their_own_in_whatever_order_they_come():
    entries = [says.status("wamid.OUR", word, AT) for word in ("read", "delivered", "sent", "failed", "read")]
    assert [one.external_id for one in heard(*entries)] == [
        f"status:wamid.OUR:{word}" for word in ("read", "delivered", "sent", "failed", "read")
    ]


# ---- posts ----


def test_several_entries_changes_messages_and_states_in_one_post():
    entries = [
        says.together(says.text(ANI, "wamid.A1", AT, "Satu"), says.text(ANI, "wamid.A2", AT, "Dua")),
        says.together(says.status("wamid.O1", "sent", AT), says.status("wamid.O1", "read", AT)),
        says.text(ANI, "wamid.A3", AT, "Tiga"),
    ]
    entries[2]["changes"] += says.text(ANI, "wamid.A4", AT, "Empat")["changes"]
    assert [one.external_id for one in heard(*entries)] == [
        "wamid.A1", "wamid.A2", "status:wamid.O1:sent", "status:wamid.O1:read", "wamid.A3", "wamid.A4",
    ]  # fmt: skip


def test_the_same_message_is_the_same_thing_however_it_is_batched():
    """C01, F24: the same id, uuid and body, alone, in a batch, under another profile name, again after days."""
    alone = one(says.text(ANI, "wamid.A1", AT, "Jalan berlubang"))
    renamed = one(says.text(says.person(USER, NUMBER, "Ani Baru"), "wamid.A1", AT, "Jalan berlubang"))
    batch = says.together(*(says.text(ANI, f"wamid.A{n}", AT, "Jalan berlubang") for n in range(5)))
    within = heard(batch)[1]
    key = {(said.external_id, said.uuid, said.body, said.account) for said in (alone, renamed, within)}
    assert len(key) == 1


def test_one_broken_message_does_not_hold_up_the_others():
    entries = [says.text(ANI, f"wamid.A{n}", AT, f"Nomor {n}") for n in range(4)]
    entries[1]["changes"][0]["value"]["messages"][0] = {"id": {"x": 1}, "type": [], "from": None}
    entries[2]["changes"][0]["value"]["messages"] = 7
    said = heard(*entries)
    assert [type(one).__name__ for one in said] == ["Submission", "Unreadable", "Ignored", "Submission"]


@pytest.mark.parametrize(
    ("field", "why"),
    [("smb_message_echoes", "echo"), ("message_template_status_update", "message_template_status_update")],
)
def test_fields_that_hold_nobodys_words(field, why):
    said = one(says.whatsapp({"message_echoes": [{"from": says.DISPLAY, "to": NUMBER, "id": "w"}]}, field))
    assert (type(said), said.why) == (Ignored, why)


def test_trouble_of_the_account_is_for_a_person():
    said = one(says.whatsapp({"errors": [{"code": 130429, "title": "Rate limit hit"}]}))
    assert (type(said), said.why) == (Unreadable, "provider_error")


def test_what_no_database_takes_is_made_plain_and_what_is_long_is_cut_with_a_note():
    said = one(says.text(ANI, "wamid.A1", AT, "a\x00b\ud800c"))
    long = one(says.text(ANI, "wamid.A2", AT, "x" * 30_000))
    assert said.words == "ab?c"
    assert (len(long.words), long.notes) == (20_000, ("truncated",))


@pytest.mark.parametrize("when", ["", None, "x", "1e99", -5, "99999999999999999999", True, [], "0"])
def test_a_message_without_a_sensible_time_was_said_when_it_came(when):
    entry = says.text(ANI, "wamid.A1", AT, "Jalan")
    entry["changes"][0]["value"]["messages"][0]["timestamp"] = when
    assert one(entry).at == NOON


def test_a_wamid_longer_than_a_key_is_still_one_key():
    said = [one(says.text(ANI, "wamid." + "A" * 400, AT, "Jalan")) for _ in range(2)]
    assert (len(said[0].external_id) <= 200, said[0].external_id) == (True, said[1].external_id)


def test_a_post_torn_at_random_places_never_raises():
    whole = says.post(
        "whatsapp", says.together(says.text(ANI, "wamid.A1", AT, "Jalan"), says.status("w", "read", AT))
    )
    draw = random.Random(7)
    for _ in range(400):
        torn = bytearray(whole)
        for _ in range(draw.randrange(1, 6)):
            torn[draw.randrange(len(torn))] = draw.randrange(32, 127)
        assert len(parse(account("whatsapp"), bytes(torn))) >= 1
