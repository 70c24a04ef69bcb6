"""What one short message says. The bytes are written by hand, after the specification."""

import struct
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tanggap.channels.base import Account, Command, Contact, Delivery, Ignored, Submission, Unreadable
from tanggap.channels.sms import parse, settings
from tests.world.smsc import message, parts, tlv

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
US = "62811000111"
ANI = "6281234567890"


def account(**more: str) -> Account:
    return Account("sms", "sms", {**settings.DEFAULTS, "sender": US, **more}, {}, NOON)


def pdu(body: bytes, sequence: int = 7, command: int = 5) -> bytes:
    return struct.pack(">IIII", 16 + len(body), command, 0, sequence) + body


def heard(body: bytes, at: datetime = NOON, sequence: int = 7, **more: str):
    (found,) = parse.parse(account(**more), pdu(body, sequence), at)
    return found


def wrote(words: str, source: str = ANI, **more):
    return heard(message(source, US, words.encode("latin-1"), coding=3, **more))


# ---- words ----


def test_words_of_a_citizen_come_from_their_number_that_proves_nothing():
    found = wrote("Jalan rusak di depan pasar Pluit")
    assert (found.words, found.sender, found.channel, found.account, found.at, found.thread, found.notes) == (
        "Jalan rusak di depan pasar Pluit", Contact("phone", "+6281234567890"), "sms", "sms", NOON, "", (),
    )  # fmt: skip
    assert found.contacts == (Contact("phone", "+6281234567890", proven=False),)


def test_sent_again_with_another_number_of_its_own_it_is_the_same():
    body = message(ANI, US, b"Jalan rusak di depan pasar Pluit, dekat jembatan", coding=3)
    first, again = heard(body, sequence=7), heard(body, NOON + timedelta(hours=3), sequence=912)
    assert (first.external_id, first.body, first.uuid) == (again.external_id, again.body, again.uuid)


def test_a_short_answer_may_be_said_again_after_a_while():
    body = message(ANI, US, b"ya", coding=3)
    names = {heard(body, NOON + timedelta(minutes=later)).external_id for later in (0, 5, 15, 16)}
    assert len(names) == 2


def test_who_says_stop_start_and_stop_again_means_the_last():
    said = [(b"STOP", 0), (b"MULAI", 2), (b"STOP", 4)]
    found = [heard(message(ANI, US, words, coding=3), NOON + timedelta(minutes=at)) for words, at in said]
    assert ([one.verb for one in found], len({one.external_id for one in found})) == (
        ["stop", "start", "stop"],
        3,
    )


def test_the_same_words_of_another_day_or_of_somebody_else_are_others():
    words = b"Lampu jalan mati lagi di depan rumah nomor 12 Pluit"
    first = heard(message(ANI, US, words, coding=3))
    later = heard(message(ANI, US, words, coding=3), NOON + timedelta(days=1))
    other = heard(message("6281234567891", US, words, coding=3))
    assert len({first.external_id, later.external_id, other.external_id}) == 3


def test_a_number_of_a_report_is_a_hint():
    assert wrote("jk261124-0007 masih bocor").number == "JK261124-0007"
    assert wrote("masih bocor").number == ""


def test_a_payload_of_a_tlv_is_read_as_the_words():
    payload = b"Banjir setinggi lutut. " * 30
    found = heard(message(ANI, US, b"", coding=3, tlvs=tlv(0x0424, payload)))
    assert found.words == payload.decode()


def test_a_data_sm_is_read_too():
    body = b"\x00\x01\x01" + ANI.encode() + b"\x00\x01\x01" + US.encode() + b"\x00\x00\x00\x08"
    (found,) = parse.parse(
        account(), pdu(body + tlv(0x0424, "Pohon tumbang".encode("utf-16-be")), command=0x103), NOON
    )
    assert found.words == "Pohon tumbang"


def test_an_empty_message_is_no_report():
    found = wrote("  ")
    assert (type(found), found.why) == (Ignored, "empty")


def test_words_beyond_the_limit_are_marked():
    found = heard(message(ANI, US, b"", coding=3, tlvs=tlv(0x0424, b"a " * 6000)))
    assert (len(found.words), found.notes) == (10_000, ("truncated",))


@pytest.mark.parametrize("coding", [0x02, 0x04, 0xF5])
def test_bytes_for_a_telephone_are_kept_for_a_person(coding):
    found = heard(message(ANI, US, b"\x01\x02\x03", coding=coding))
    assert (type(found), found.why) == (Unreadable, "no_text")


def test_a_message_to_a_port_is_for_a_program():
    found = heard(message(ANI, US, bytes([6, 5, 4, 0x0B, 0x84, 0x23, 0xF0]) + b"\x01\x06", esm=0x40))
    assert (type(found), found.why) == (Unreadable, "for_a_program")


# ---- senders ----


@pytest.mark.parametrize(
    ("source", "ton", "sender"),
    [
        ("6281234567890", 1, Contact("phone", "+6281234567890")),
        ("+6281234567890", 0, Contact("phone", "+6281234567890")),
        ("081234567890", 2, Contact("phone", "+6281234567890")),
        ("6281234567890", 0, Contact("phone", "+6281234567890")),
        ("0812-3456-7890", 0, Contact("phone", "+6281234567890")),
        ("6591234567", 1, Contact("phone", "+6591234567")),
        ("GOJEK", 5, Contact("alias", "GOJEK")),
        ("GOJEK", 0, Contact("alias", "GOJEK")),
        ("1234567", 5, Contact("alias", "1234567")),
        ("99999999999999999999", 1, Contact("alias", "99999999999999999999")),
        ("", 0, None),
    ],
)
def test_senders_are_read_as_exchanges_write_them(source, ton, sender):
    assert wrote("Jalan rusak", source, ton=ton).sender == sender


def test_who_has_only_a_name_can_not_be_answered():
    from tanggap.channels.sms import SMS

    assert (wrote("Jalan rusak", "GOJEK", ton=5).contacts, "alias" in SMS.personal) == ((), False)


@pytest.mark.parametrize("source", ["1717", "+1717", "888", "99999"])
def test_short_codes_are_services_and_not_listened_to(source):
    found = wrote("Promo pulsa!", source)
    assert (type(found), found.why) == (Ignored, "short_code")


@pytest.mark.parametrize("source", [US, f"+{US}"])
def test_our_own_words_that_come_back_are_an_echo(source):
    found = wrote("Laporan Anda sudah diterima.", source)
    assert (type(found), found.why) == (Ignored, "own")


# ---- words to the machine (C07) ----


@pytest.mark.parametrize(
    ("words", "verb", "argument"),
    [
        ("STOP", "stop", ""),
        ("stop", "stop", ""),
        (" Stop. ", "stop", ""),
        ("BERHENTI", "stop", ""),
        ("Berhenti!", "stop", ""),
        ("unsubscribe", "stop", ""),
        ("MULAI", "start", ""),
        ("start", "start", ""),
        ("STATUS JK261124-0007", "status", "JK261124-0007"),
        ("status jk2611240007", "status", "jk2611240007"),
        ("cek JK261124-0007.", "status", "JK261124-0007"),
        ("Bantuan", "help", ""),
        ("HELP", "help", ""),
        ("help?", "help", ""),
    ],
)
def test_a_whole_message_may_be_a_word_to_the_machine(words, verb, argument):
    found = wrote(words)
    assert (type(found), found.verb, found.argument, found.sender.address) == (
        Command,
        verb,
        argument,
        "+6281234567890",
    )


@pytest.mark.parametrize(
    "words",
    [
        "Tolong stop truk yang lewat sini tiap malam",
        "stop truk",
        "berhenti di depan pasar ada lubang",
        "STOP BERHENTI",
        "Status jalan ini bagaimana",
        "status rusak",
        "bantuan belum datang",
        "mulai tadi pagi air mati",
        "lampu stop mati",
        "stopkontak umum rusak",
    ],
)
def test_inside_a_sentence_it_is_a_report(words):
    found = wrote(words)
    assert (type(found), found.words) == (Submission, words)


# ---- parts, alone ----


def test_a_part_by_itself_shows_its_gaps_and_where_it_belongs():
    first, second, third = parts([b"Jalan rusak ", b"di depan pasar ", b"Pluit"], 17)
    found = [heard(message(ANI, US, one, coding=3, esm=0x40)) for one in (first, second, third)]
    assert [one.words for one in found] == ["Jalan rusak  […]", "[…] di depan pasar  […]", "[…] Pluit"]
    assert [one.notes for one in found] == [("incomplete", f"part {seq}/3") for seq in (1, 2, 3)]
    assert (len({one.thread for one in found}), len({one.external_id for one in found})) == (1, 3)


@pytest.mark.parametrize(
    "head",
    [
        bytes([5, 0, 3, 1, 0, 0]),
        bytes([5, 0, 3, 1, 1, 1]),
        bytes([5, 0, 3, 1, 2, 3]),
        bytes([5, 0, 3, 1, 2, 0]),
        bytes([2, 0, 9]),
        bytes([3, 0x25, 1, 3]),
        bytes([1, 0]),
    ],
)
def test_a_header_that_tells_no_place_is_left_out(head):
    found = heard(message(ANI, US, head + b"Jalan rusak", coding=3, esm=0x40))
    assert (found.words, found.thread) == ("Jalan rusak", "")


def test_a_header_longer_than_the_message_is_read_as_words():
    assert heard(message(ANI, US, b"zJalan rusak", coding=3, esm=0x40)).words == "zJalan rusak"


# ---- receipts ----

RECEIPT = b"id:%s sub:001 dlvrd:001 submit date:2603020500 done date:2603020501 stat:%s err:%s text:Laporan"


def news(name: bytes, state: bytes, error: bytes = b"000", tlvs: bytes = b"", esm: int = 4, **more: str):
    return heard(message(ANI, US, RECEIPT % (name, state, error), esm=esm, tlvs=tlvs), **more)


@pytest.mark.parametrize(
    ("word", "state", "reason"),
    [
        (b"DELIVRD", "delivered", ""),
        (b"ACCEPTD", "sent", ""),
        (b"ENROUTE", "sent", ""),
        (b"UNKNOWN", "sent", ""),
        (b"EXPIRED", "failed", "expired_000"),
        (b"DELETED", "failed", "deleted_000"),
        (b"UNDELIV", "failed", "undeliv_000"),
        (b"REJECTD", "failed", "rejectd_000"),
        (b"delivrd", "delivered", ""),
    ],
)
def test_a_receipt_in_words(word, state, reason):
    found = news(b"A0-7f", word)
    assert (type(found), found.of, found.state, found.reason, found.gone) == (
        Delivery,
        "A0-7f",
        state,
        reason,
        False,
    )


def test_a_receipt_in_tlvs_with_and_without_a_closing_nul():
    for name in (b"A0", b"A0\x00"):
        found = heard(message(ANI, US, b"", esm=4, tlvs=tlv(0x1E, name) + tlv(0x427, b"\x02")))
        assert (found.of, found.state) == ("A0", "delivered")


def test_two_states_of_one_letter_are_two_things_and_the_same_twice_is_one():
    names = [news(b"A0", state).external_id for state in (b"ENROUTE", b"DELIVRD", b"DELIVRD")]
    assert (names[0] != names[1], names[1] == names[2]) == (True, True)


@pytest.mark.parametrize(("ids", "said", "of"), [("same", b"160", "160"), ("hex-decimal", b"0000000160", "160"),
                                                ("decimal-hex", b"A0", "160")])  # fmt: skip
def test_receipts_that_write_an_id_another_way_than_the_answer(ids, said, of):
    assert news(said, b"DELIVRD", ids=ids).of == of


def test_nobody_lives_at_that_number_any_more():
    told = tlv(0x423, b"\x03\x00\x01")
    assert news(b"A0", b"UNDELIV", b"001", gone_codes="001, 005").gone is True
    assert news(b"A0", b"UNDELIV", b"034", gone_codes="001,005").gone is False
    assert news(b"A0", b"UNDELIV", tlvs=told).gone is True
    assert news(b"A0", b"DELIVRD", b"001", gone_codes="001").gone is False


def test_a_citizen_can_not_write_a_receipt():
    found = news(b"A0", b"DELIVRD", esm=0)
    assert (type(found), found.words[:5]) == (Submission, "id:A0")


@pytest.mark.parametrize(
    "said", [b"", b"id: stat:DELIVRD", b"id:7 stat:FOO", b"stat:DELIVRD", b"\xff\xfe", b"id:7"]
)
def test_a_receipt_that_says_nothing_known_is_for_a_person(said):
    found = heard(message(ANI, US, said, esm=4))
    assert (type(found), found.why) == (Unreadable, "receipt")


def test_other_notices_of_the_exchange_are_no_words():
    assert (heard(message(ANI, US, b"x", esm=0x20)).why, heard(message(ANI, US, b"x", esm=0x08)).why) == (
        "notice",
        "notice",
    )


# ---- broken ones ----

WHOLE = pdu(message(ANI, US, b"Jalan rusak", coding=3, tlvs=tlv(0x1403, b"vendor") + tlv(0x204, b"\x07")))


def test_unknown_tlvs_and_ones_of_an_odd_length_are_passed_over():
    (found,) = parse.parse(account(), WHOLE, NOON)
    assert found.words == "Jalan rusak"


@pytest.mark.parametrize("length", range(16, len(WHOLE)))
def test_cut_anywhere_it_is_still_one_thing_heard(length):
    (found,) = parse.parse(account(), WHOLE[:length], NOON)
    assert found.account == "sms"


@given(some.binary(max_size=300), some.sampled_from([5, 0x103]))
def test_no_body_whatever_breaks_it(body, command):
    assert len(parse.parse(account(), pdu(body, command=command), NOON)) == 1
