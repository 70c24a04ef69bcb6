"""Reports of mail servers: what they say of our letters, and that nobody can say it of another's."""

import pytest

from tanggap.channels.base import Delivery, Ignored
from tanggap.channels.email import address
from tests.channels.email.letters import CITY, NOON, bounce_to, mail, one

OURS = address.message_id(CITY, 42)


def report(
    action="failed", status="5.1.1", returned=OURS, kind="delivery-status", to=None, **headers
) -> bytes:
    """A report as mail servers write it."""
    blocks = [
        "Content-Type: text/plain\r\n\r\nMaaf, surat Anda tidak sampai. Jalan rusak.",
        f"Content-Type: message/{kind}\r\n\r\nReporting-MTA: dns; mx.warga.example\r\n\r\n"
        f"Final-Recipient: rfc822; ani@warga.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <ani@warga.example> no such user",
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{returned}>\r\nSubject: Laporan Anda",
    ]
    body = "".join(f"--b\r\n{one_}\r\n" for one_ in blocks) + "--b--\r\n"
    given = {
        "return_path": "<>", "from_": "MAILER-DAEMON@mx.warga.example", "auto_submitted": "auto-replied",
        "to": to or bounce_to(42), "content_type": f"multipart/report; report-type={kind}; boundary=b",
    }  # fmt: skip
    return mail(body, **{**given, **headers})


@pytest.mark.parametrize(("action", "status", "state", "gone"), [
    ("failed", "5.1.1", "failed", True),
    ("failed", "5.1.10", "failed", True),
    ("failed", "5.2.1", "failed", True),
    ("failed", "5.2.2", "failed", False),
    ("failed", "5.7.1", "failed", False),
    ("failed", "4.4.7", "failed", False),
    ("Failed", "", "failed", False),
    ("delivered", "2.0.0", "delivered", False),
    ("relayed", "2.0.0", "sent", False),
])  # fmt: skip
def test_e12_a_bounce_is_the_state_of_its_letter_and_no_report(action, status, state, gone):
    raw = report(action, status)
    heard = one(raw)
    assert isinstance(heard, Delivery)
    assert (heard.letter, heard.of, heard.state, heard.gone, heard.reason, heard.at, heard.body) == (
        42, OURS, state, gone, f"DSN {status}".strip(), NOON, raw,
    )  # fmt: skip


def test_a_letter_that_is_only_late_is_no_state_yet():
    assert one(report("delayed", "4.4.1")).why == "delayed"


def test_the_letter_is_found_by_what_came_back_where_the_address_is_lost():
    heard = one(report(to="laporan@kota.example"))
    assert (heard.letter, heard.of) == (42, OURS)


@pytest.mark.parametrize("raw", [
    report(to="laporan@kota.example", returned="x@warga.example"),
    report(to="laporan@kota.example", returned=OURS.replace("l42-", "l43-")),
    report(to="laporan+b43-aaaaaaaaaaaaaaaaaaaa@kota.example", returned="x@warga.example"),
    report(to="laporan@kota.example", returned=""),
], ids=range(4))  # fmt: skip
def test_e12_a_bounce_of_nothing_of_ours_says_nothing(raw):
    heard = one(raw)
    assert (type(heard), heard.why) == (Ignored, "bounce_of_nothing")


def test_a_bounce_that_is_only_words_counts_when_a_postmaster_writes_to_the_letters_address():
    heard = one(
        mail("Tidak ada pengguna itu.", to=bounce_to(42), return_path="<>", from_="postmaster@warga.example")
    )
    assert (type(heard), heard.letter, heard.state, heard.gone) == (Delivery, 42, "failed", False)


def test_an_absent_readers_answer_to_the_letters_address_is_no_bounce():
    heard = one(mail("Saya cuti.", to=bounce_to(42), return_path="<>", auto_submitted="auto-replied"))
    assert (type(heard), heard.why) == (Ignored, "auto_reply")


def test_a_letter_that_was_shown_was_read():
    raw = report(kind="disposition-notification", from_="ani@warga.example", to="laporan@kota.example")
    raw = raw.replace(b"Action: failed", b"Original-Message-ID: <" + OURS.encode() + b">\r\n"
                      b"Disposition: manual-action/MDN-sent-manually; displayed")  # fmt: skip
    heard = one(raw)
    assert (type(heard), heard.letter, heard.state) == (Delivery, 42, "read")
    assert one(raw.replace(b"displayed", b"deleted")).why == "disposition"


def test_the_same_bounce_twice_is_one():
    assert one(report()).external_id == one(report(received="from elsewhere")).external_id
