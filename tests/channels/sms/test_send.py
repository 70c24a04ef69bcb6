"""Letters out: how they are written, what the exchange says to them, and what became of them (F22)."""

import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tanggap.channels.base import Account, Delivery, Outgoing
from tanggap.channels.sms import SMS, alphabet, listener, send, settings
from tests.channels.sms.house import House, account, listening
from tests.world.smsc import NOT_BOUND, QUEUE_FULL, THROTTLED, Smsc

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
LONG = "Laporan Anda sudah selesai dikerjakan. " * 4 + "Lihat tautan di bawah ini."
LETTER = Outgoing(
    to="+6281234567890",
    subject="Laporan JK261124-0007",
    text="Laporan Anda JK261124-0007 sudah diterima.",
    reference="letter-7",
    short="Laporan JK261124-0007 https://tanggap.example/l/JK261124-0007",
    letter=7,
    number="JK261124-0007",
    link="https://tanggap.example/l/JK261124-0007",
)


@pytest.fixture
def smsc() -> Iterator[Smsc]:
    listener._memories.clear()
    with Smsc() as one:
        one.receipts = "never"
        yield one
    for outlet in list(send._outlets.values()):
        outlet.close()
    send._outlets.clear()


def letter(**more) -> Outgoing:
    return Outgoing(**{**vars(LETTER), **more})


def sent(smsc: Smsc, outgoing: Outgoing = LETTER, **more: str):
    return SMS.send(account(smsc, **more), outgoing)


# ---- how it is written ----


def test_a_letter_goes_out_as_one_message_that_asks_for_a_receipt(smsc):
    result = sent(smsc)
    (one,) = smsc.submitted
    assert (result.state, result.external_id) == ("sent", one.id)
    assert (one.source, one.dest, one.dest_type, one.coding, one.esm, one.receipt) == (
        "62811000111", "6281234567890", (1, 1), 0, 0, 1,
    )  # fmt: skip
    assert alphabet.decode_gsm(one.text) == LETTER.text


def test_a_long_letter_goes_in_parts_and_is_known_by_the_last(smsc):
    result = sent(smsc, letter(text=LONG))
    assert [one.text[:6] for one in smsc.submitted] == [bytes([5, 0, 3, 7, 2, seq]) for seq in (1, 2)]
    assert {one.esm for one in smsc.submitted} == {0x40}
    assert "".join(alphabet.decode_gsm(one.text[6:]) for one in smsc.submitted) == LONG
    assert ([one.receipt for one in smsc.submitted], result.external_id) == ([0, 1], smsc.submitted[1].id)


def test_parts_may_go_by_tlvs_or_as_one_payload(smsc):
    sent(smsc, letter(text=LONG), long="sar")
    assert [(one.esm, one.tlvs[0x20E], one.tlvs[0x20F]) for one in smsc.submitted] == [
        (0, b"\x02", b"\x01"), (0, b"\x02", b"\x02"),
    ]  # fmt: skip
    sent(smsc, letter(text=LONG), long="payload")
    assert (len(smsc.submitted), alphabet.decode_gsm(smsc.submitted[2].tlvs[0x424])) == (3, LONG)


def test_a_letter_too_long_goes_as_its_short_text(smsc):
    sent(smsc, letter(text="Laporan. " * 200))
    assert [alphabet.decode_gsm(one.text) for one in smsc.submitted] == [LETTER.short]


def test_where_even_that_is_too_long_number_and_link_go(smsc):
    sent(smsc, letter(text="Laporan. " * 200, short="x" * 900))
    assert [alphabet.decode_gsm(one.text) for one in smsc.submitted] == [f"{LETTER.number} {LETTER.link}"]


def test_nothing_that_fits_is_told_and_not_cut(smsc):
    result = sent(smsc, letter(text="x" * 900, short="y" * 900, link="https://tanggap.example/" + "z" * 900))
    assert (result.state, result.reason, smsc.submitted) == ("failed", "too_long", [])


def test_a_name_with_a_sign_outside_gsm_makes_the_letter_ucs2_and_keeps_the_name(smsc):
    sent(smsc, letter(text="Kepada Ágnes: “laporan” selesai 😀"))
    (one,) = smsc.submitted
    assert (one.coding, one.text.decode("utf-16-be")) == (8, 'Kepada Ágnes: "laporan" selesai 😀')


@pytest.mark.parametrize("to", ["", "1717", "GOJEK", "08", "9" * 40])
def test_where_there_is_no_number_nothing_is_sent(smsc, to):
    result = sent(smsc, letter(to=to))
    assert (result.state, result.reason[:9], result.again, smsc.submitted) == (
        "failed",
        "no_number",
        False,
        [],
    )


def test_a_home_number_is_written_as_the_world_does(smsc):
    sent(smsc, letter(to="0812-3456-7890"))
    assert smsc.submitted[0].dest == "6281234567890"


# ---- what the exchange says ----


@pytest.mark.parametrize(
    ("code", "reason", "after"), [(THROTTLED, "throttled", 5.0), (QUEUE_FULL, "queue_full", 30.0)]
)
def test_throttled_it_is_tried_again_later(smsc, code, reason, after):
    smsc.refusals = [code]
    result = sent(smsc)
    assert (result.state, result.reason, result.again, result.after, result.down) == (
        "failed", reason, True, after, False,
    )  # fmt: skip
    assert (len(smsc.submitted), sent(smsc).state, len(smsc.submitted)) == (0, "sent", 1)


@pytest.mark.parametrize(
    ("code", "reason", "again", "down"),
    [
        (0x0B, "bad_number", False, False),
        (0x45, "submit_failed", True, False),
        (0x0A, "bad_sender", True, True),
        (0x65, "refused_for_good", False, False),
        (0x08, "exchange_error", True, False),
        (0x4FF, "code_0x000004FF", False, False),
    ],
)
def test_what_other_codes_mean(smsc, code, reason, again, down):
    smsc.refusals = [code]
    result = sent(smsc)
    assert (result.state, result.reason, result.again, result.down) == ("failed", reason, again, down)


def test_throttled_between_parts_we_wait_ourselves(smsc, monkeypatch):
    monkeypatch.setattr(send, "SHORT_PAUSE", 0.01)
    answers = iter([0, THROTTLED, THROTTLED, 0])
    take = smsc.take

    def some(one):
        status = next(answers)
        return (status, "") if status else take(one)

    smsc.take = some
    assert (sent(smsc, letter(text=LONG)).state, len(smsc.submitted)) == ("sent", 2)


def test_a_letter_of_which_a_part_went_is_unknown_and_not_sent_again(smsc):
    take = smsc.take
    smsc.take = lambda one: (0x45, "") if smsc.submitted else take(one)
    result = sent(smsc, letter(text=LONG))
    assert (result.state, result.reason, result.again, result.down) == (
        "unknown",
        "in_part_submit_failed",
        False,
        False,
    )


def test_a_line_that_drops_after_the_submit_leaves_it_unknown(smsc):
    smsc.hang_up = 1
    result = sent(smsc)
    assert (result.state, result.again, result.down, len(smsc.submitted)) == ("unknown", False, True, 1)
    assert (sent(smsc, letter(letter=8)).state, len(smsc.submitted)) == ("sent", 2)


def test_an_exchange_that_does_not_answer_leaves_it_unknown(smsc):
    assert sent(smsc).state == "sent"
    smsc.silent = True
    result = sent(smsc, answer_seconds="0.3")
    assert (result.state, result.again) == ("failed", True)  # not even the log-in was answered: nothing went
    smsc.silent = False
    assert sent(smsc, answer_seconds="0.3").state == "sent"
    smsc.silent = True
    assert (sent(smsc, answer_seconds="0.3").state, len(smsc.submitted)) == ("unknown", 2)


def test_an_exchange_that_is_away_waits_for_all_letters(smsc):
    with Smsc() as other:
        gone = account(other)
    result = SMS.send(gone, LETTER)
    assert (result.state, result.again, result.down) == ("failed", True, True)


def test_a_wrong_password_is_down_and_never_told(smsc):
    smsc.password = "lain"
    result = sent(smsc)
    assert (result.state, result.reason, result.again, result.down) == (
        "failed", "The exchange refuses the password.", True, True,
    )  # fmt: skip


# ---- the line that sends ----


def test_letters_share_a_line_and_it_is_closed_after_a_rest(smsc):
    for _ in range(5):
        sent(smsc, idle_seconds="0.3")
    waiting = [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
    assert (smsc.binds, len(waiting)) == (["transmitter"], 1)
    smsc.until(lambda: not smsc.sessions)
    assert (sent(smsc, idle_seconds="0.3").state, smsc.binds) == ("sent", ["transmitter"] * 2)


def test_a_line_that_was_cut_while_it_rested_loses_no_letter(smsc):
    sent(smsc)
    smsc.cut()
    time.sleep(0.1)
    assert (sent(smsc).state, len(smsc.submitted)) == ("sent", 2)


def test_the_exchange_may_ask_a_resting_line(smsc):
    sent(smsc)
    answers = []
    (session,) = smsc.sessions
    hear = session.hear
    session.hear = lambda *given: answers.append(given) if given[0] == 0x80000015 else hear(*given)
    session.write(0x15, 0, 77)
    time.sleep(0.1)
    assert (sent(smsc).state, answers) == ("sent", [(0x80000015, 0, 77, b"")])


def test_no_more_parts_a_second_than_the_exchange_takes(smsc):
    for count in range(6):
        sent(smsc, letter(letter=count + 1), rate="20")
    times = [one.at for one in smsc.submitted]
    assert times[-1] - times[0] >= 0.24


def test_two_threads_take_turns(smsc):
    results = []
    threads = [threading.Thread(target=lambda: results.append(sent(smsc).state)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (results, len(smsc.submitted), smsc.binds) == (["sent"] * 8, 8, ["transmitter"])


def test_too_few_lines_are_told(smsc):
    smsc.lines = 1
    with listening(smsc, House()):
        result = sent(smsc)
    assert (result.reason, result.down) == (
        "The exchange says that we are logged in already; it allows too few lines.", True,
    )  # fmt: skip


# ---- what became of them ----


@pytest.mark.parametrize("by_tlv", [False, True])
@pytest.mark.parametrize("when", ["before", "at once"])
def test_a_receipt_is_told_also_when_it_comes_before_the_answer(smsc, by_tlv, when):
    house = House()
    smsc.receipts, smsc.by_tlv = when, by_tlv
    with listening(smsc, house):
        result = sent(smsc)
        smsc.until(lambda: house.of(Delivery))
    assert [(one.of, one.state) for one in house.of(Delivery)] == [(result.external_id, "delivered")]


def test_ids_that_the_receipt_writes_in_decimal_fit_the_answer(smsc):
    house = House()
    smsc.receipt_id = lambda name: f"{int(name, 16):010d}"
    smsc.receipts = "at once"
    with listening(smsc, house, ids="hex-decimal"):
        result = sent(smsc, ids="hex-decimal")
        smsc.until(lambda: house.of(Delivery))
    assert [one.of for one in house.of(Delivery)] == [result.external_id]


# ---- a guarded line ----


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[str, ssl.SSLContext]:
    """An authority of the operator's own: its file, and what the exchange shows."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bursa")])
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, datetime(2020, 1, 1), datetime(2099, 1, 1)
    )
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
    made = made.add_extension(x509.BasicConstraints(True, None), True)
    file = folder / "bursa.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return str(file), context


def test_a_guarded_line_is_used_where_its_certificate_is_trusted_and_only_there(certificate):
    file, context = certificate
    with Smsc(guard=context) as smsc:
        smsc.receipts = "never"
        assert sent(smsc, security="tls", ca_file=file).state == "sent"
        untrusted = sent(smsc, security="tls")
        assert (untrusted.state, untrusted.again, untrusted.down) == ("failed", True, True)
        assert len(smsc.submitted) == 1
        house = House()
        with listening(smsc, house, security="tls", ca_file=file):
            smsc.deliver("6281234567890", "Lampu mati")
            smsc.all_taken()
        assert house.words == ["Lampu mati"]


# ---- tanggap channel test ----


def test_an_account_that_works_has_nothing_to_tell(smsc):
    assert SMS.test(account(smsc)) == ""
    assert smsc.submitted == []


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("host", "", "The setting host is missing."),
        ("sender", "", "The setting sender is missing."),
        ("port", "70000", "The setting port is no number from 1 to 65535."),
        ("rate", "banyak", "The setting rate is no number from 0.1 to 1000."),
        ("way", "pos", "The setting way is none of: smpp, kannel."),
        (
            "password",
            "terlalu-panjang",
            "The setting password is longer than 8 signs, or has others than ASCII.",
        ),
        ("password", "salah", "The exchange refuses the password."),
    ],
)
def test_what_is_wrong_with_an_account_is_one_sentence(smsc, setting, value, told):
    assert SMS.test(account(smsc, **{setting: value})) == told


def test_a_server_that_is_no_exchange_is_told(smsc):
    smsc.silent = True
    assert SMS.test(account(smsc, answer_seconds="0.3")) == "The exchange can't be reached: no answer."


def test_codes_and_settings_name_the_same_status():
    assert (send.MEANINGS[NOT_BOUND], settings.DEFAULTS["max_parts"]) == (("down", "not_bound"), "3")
    assert SMS.missing(Account("sms", "sms")) == ["sender", "password"]
