"""Mails made to choke whoever reads them, in this process: each ends in words with a note, or before a person."""

import base64
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tanggap.channels.base import Submission, Unreadable
from tanggap.channels.email import mime
from tests.channels.email.letters import mail, nested_too_deep, one, parts, said


def timed(raw: bytes) -> tuple[object, float]:
    start = time.process_time()
    return one(raw), time.process_time() - start


def test_e14_three_thousand_parts_in_parts_are_for_a_person():
    raw = nested_too_deep(3000)
    heard, seconds = timed(raw)
    assert (type(heard), heard.why, heard.body, seconds < 1) == (Unreadable, "too_deep", raw, True)


def test_e14_some_levels_are_what_programs_write():
    assert said(nested_too_deep(12)).words == "Jalan rusak"


def test_e14_fifteen_hundred_mails_in_mails_are_one_file():
    inner = b"From: x@y.example\r\n\r\nhai\r\n"
    for _ in range(1500):
        inner = b"Content-Type: message/rfc822\r\n\r\n" + inner
    heard, seconds = timed(parts("Content-Type: text/plain\r\n\r\nLihat surat ini", inner))
    assert (heard.words, [file.name for file in heard.files], seconds < 1) == (
        "Lampu jalan\n\nLihat surat ini",
        ["pesan.eml"],
        True,
    )


@pytest.mark.parametrize(
    "sender", ["(" * 100_000, "((((" * 1000 + "ani@warga.example", '"' * 9000, "<" * 9000]
)
def test_e15_a_sender_of_brackets_is_no_sender(sender):
    heard, seconds = timed(mail(from_=sender))
    assert (type(heard), heard.why, heard.sender, seconds < 1) == (Unreadable, "sender_unclear", None, True)


def test_e16_fifty_thousand_recipients_are_cut():
    heard, seconds = timed(mail(to=", ".join(f"w{n}@warga.example" for n in range(50_000))))
    assert (type(heard), "headers_cut" in heard.notes, seconds < 1) == (Submission, True, True)
    assert heard.words == "Lampu jalan mati di depan pasar."


def test_e16_headers_of_more_than_64_kb_are_cut_and_the_words_are_read():
    many = {f"x_{n}": "y" * 500 for n in range(2000)}
    heard, seconds = timed(mail(**many))
    assert ("headers_cut" in heard.notes, "Lampu jalan mati" in heard.words, seconds < 1) == (
        True,
        True,
        True,
    )


def test_e18_twenty_thousand_parameters_are_cut():
    heard, seconds = timed(mail(content_type="text/plain" + "; a=b" * 20_000))
    assert (heard.words, seconds < 1) == ("Lampu jalan mati di depan pasar.", True)


def test_e18_a_hundred_thousand_parts_are_cut_at_200():
    heard, seconds = timed(
        parts("Content-Type: text/plain\r\n\r\nJalan rusak", *["\r\nx"] * 100_000, subject=None)
    )
    assert ("parts_cut" in heard.notes, heard.words.startswith("Jalan rusak"), seconds < 1) == (
        True,
        True,
        True,
    )


def test_five_thousand_files_are_cut_with_a_note():
    photo = "Content-Type: image/jpeg\r\nContent-Disposition: attachment; filename=a.jpg\r\n\r\n" + "J" * 300
    heard = said(parts("Content-Type: text/plain\r\n\r\nJalan rusak", *[photo] * 5000, subject=None))
    assert (len(heard.files), {"files_cut", "parts_cut"} <= set(heard.notes)) == (20, True)


@pytest.mark.parametrize("raw", [
    b"", b"\r\n", b"\n\n\n", b"From", b":", b": x\r\n\r\n", b"\x00" * 100, b"From: ani@warga.example",
    b"From: ani@warga.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x",
    b"From: ani@warga.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x--",
    b"From: ani@warga.example\r\nContent-Type: multipart/mixed; boundary=\"\"\r\n\r\nhai",
    b"From: ani@warga.example\r\nContent-Type: multipart/mixed; boundary*0=x; boundary*1=y\r\n\r\n--xy\r\n\r\nhai",
    b"From: ani@warga.example\r\nContent-Type: multipart/mixed; boundary*=nosuch''x\r\n\r\n--x\r\n\r\nhai",
    b"From: ani@warga.example\r\nContent-Type: text/plain; charset*=\xff''\xff\r\n\r\nhai",
    b"From: ani@warga.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n"
    b"Content-Type: message/delivery-status\r\n\r\n\xff\r\n\r\n--x--",
    b"Content-Type: multipart/digest; boundary=x\r\nFrom: ani@warga.example\r\n\r\n--x\r\n\r\nTo: b@c\r\n\r\nhai",
], ids=range(16))  # fmt: skip
def test_no_broken_mail_is_an_exception(raw):
    assert one(raw).body == raw


@pytest.mark.parametrize(("sender", "address"), [
    ('"admin@kota.example" <evil@luar.example>', "evil@luar.example"),
    ("Ani (RT 05) <ani@warga.example>", "ani@warga.example"),
    ('"Lestari, Ani" <Ani@Warga.Example>', "ani@warga.example"),
    ("=?utf-8?q?Ani?= <ani@warga.example>", "ani@warga.example"),
    ("ani@warga.example", "ani@warga.example"),
    ("<ani@warga.example>", "ani@warga.example"),
    ("ani@warga.example(<evil@luar.example>)", ""),
    ("warga: ani@warga.example, b@warga.example;", ""),
    ("undisclosed-recipients:;", ""),
    ("ani@warga.example, b@warga.example", ""),
    ("ani@kota.example <evil@luar.example>", ""),
    ("<ani@warga.example> <evil@luar.example>", ""),
    ("ani@warga.example\x00@luar.example", ""),
    ("ani@[127.0.0.1]", ""),
    ("", ""),
])  # fmt: skip
def test_e07_e08_a_sender_counts_only_where_all_programs_read_the_same(sender, address):
    heard = one(mail(from_=sender))
    assert (heard.sender.address if heard.sender else "", isinstance(heard, Unreadable)) == (
        address,
        not address,
    )


def test_e07_a_name_that_looks_like_an_address_is_no_name():
    assert said(mail(from_='"admin@kota.example" <evil@luar.example>')).name == ""


def test_e08_two_senders_are_none():
    raw = mail(from_="ani@warga.example").replace(b"From:", b"From: evil@luar.example\r\nFrom:", 1)
    assert (one(raw).why, one(raw).sender) == ("sender_unclear", None)


def test_a_page_of_thirty_megabytes_is_read_within_bounds():
    data = base64.encodebytes(b"\xff\xd8\xff" + b"x" * 24_000_000)
    photo = b"Content-Type: image/jpeg; name=a.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n" + data
    heard, seconds = timed(parts(b"Content-Type: text/plain\r\n\r\nJalan rusak", photo))
    assert (heard.files, "file_too_large" in heard.notes, seconds < 5) == ((), True, True)
    assert heard.words == "Lampu jalan\n\nJalan rusak"


def test_a_header_is_never_longer_than_its_bound():
    notes: list[str] = []
    fields, _ = mime.headers(b"a: " + b"x" * 20_000 + b"\r\nb: y\r\n\r\n", 0, 20_020, notes)
    assert ([len(value) for _, value in fields], notes) == ([mime.MOST_OF_A_HEADER, 1], ["headers_cut"])


WHOLE = (
    mail(in_reply_to="<a@b>", content_type="text/plain; format=flowed; charset*=utf-8''utf-8"),
    parts("Content-Type: text/html; charset=iso-8859-1\r\n\r\n<html><blockquote>x</blockquote><p>Jalan<svg></p>",
          "Content-Type: image/jpeg; name*0*=utf-8''a; name*1=b\r\nContent-Transfer-Encoding: base64\r\n\r\n/9j/4AAQ"),
    nested_too_deep(4),
)  # fmt: skip
PIECES = (
    b"\r\n", b"\r\n\r\n", b"--batas", b"--", b"Content-Type: ", b"=?utf-8?b?", b"?=", b"\0", b"\xff", b"<", b">",
    b"<![", b"<!-", b"<?", b"]]>", b"charset=", b"; ", b"*0*=", b"''", b"%", b'"', b"(", b"message/rfc822",
    b"base64", b"=",
)  # fmt: skip


@settings(max_examples=300)
@given(whole=some.sampled_from(WHOLE), changes=some.lists(
    some.tuples(some.integers(0, 600), some.integers(0, 40), some.sampled_from(PIECES)), max_size=12))  # fmt: skip
def test_no_mail_with_pieces_in_the_wrong_place_is_an_exception(whole, changes):
    raw = bytearray(whole)
    for at, gone, piece in changes:
        raw[at : at + gone] = piece
    assert one(bytes(raw)).body == bytes(raw)
