"""Files in mails: photos however they are packed, Outlook's winmail.dat, names that try something."""

import base64
import struct

import pytest

from tests.channels.email.letters import mail, parts, said

WORDS = "Content-Type: text/plain; charset=utf-8\r\n\r\nJalan rusak."
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4
PACKED = base64.encodebytes(JPEG).decode()


def photo(name="filename=foto.jpg", kind="image/jpeg", how="attachment") -> str:
    return (
        f"Content-Type: {kind}\r\nContent-Disposition: {how}; {name}\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{PACKED}"
    )


def files(*inner: str | bytes, **headers) -> list[tuple[str, bytes]]:
    return [(file.name, file.data) for file in said(parts(WORDS, *inner, **headers)).files]


def test_a_photo_comes_whole():
    assert files(photo()) == [("foto.jpg", JPEG)]


@pytest.mark.parametrize(("given", "name"), [
    ("filename*=utf-8''lubang%20di%20jalan%20%E2%80%94%20pasar.jpg", "lubang di jalan — pasar.jpg"),
    ("filename*0=\"lubang \"; filename*1=\"jalan.jpg\"", "lubang jalan.jpg"),
    ('filename="=?utf-8?q?jalan_rusak.jpg?="', "jalan rusak.jpg"),
    ('filename="../../etc/passwd"', "passwd"),
    ('filename="C:\\\\foto\\\\a.jpg"', "a.jpg"),
    ("filename*=utf-8''gpj%E2%80%AEexe.a.jpg", "gpjexe.a.jpg"),
    ("filename*=utf-8''%E2%80%8B.htaccess", "htaccess"),
    (f'filename="{"x" * 300}.jpg"', "x" * 96 + ".jpg"),
    ('filename="a%00.jpg"', "a%00.jpg"),
    ("filename*=nosuch-8''a.jpg", "a.jpg"),
    ("filename=", ""),
    ("filename=..", ""),
])  # fmt: skip
def test_e26_a_name_is_made_harmless(given, name):
    assert files(photo(given)) == [(name, JPEG)]


def test_a_picture_inside_html_is_a_photo_too():
    rich = parts(
        "Content-Type: text/html\r\n\r\n<p>Jalan rusak <img src=cid:a></p>",
        photo(how="inline").replace("Content-Disp", "Content-ID: <a>\r\nContent-Disp"),
        kind="related",
    )
    heard = said(rich)
    assert ([file.data for file in heard.files], "Jalan rusak" in heard.words) == ([JPEG], True)


def test_a_picture_of_some_bytes_is_a_counter_and_no_photo():
    dot = "Content-Type: image/gif\r\n\r\nGIF89a"
    assert files(dot, photo()) == [("foto.jpg", JPEG)]


def test_a_text_sent_as_a_file_is_a_file():
    text = (
        "Content-Type: text/plain\r\nContent-Disposition: attachment; filename=daftar.txt\r\n\r\nRT 1, RT 2"
    )
    heard = said(parts(WORDS, text))
    assert ([file.name for file in heard.files], heard.words) == (
        ["daftar.txt"],
        "Lampu jalan\n\nJalan rusak.",
    )


@pytest.mark.parametrize(("kind", "note"), [
    ("text/calendar; method=REQUEST", "ignored_calendar"),
    ("text/vcard", "ignored_vcard"),
    ("application/pgp-signature", "ignored_signature"),
    ("application/pkcs7-signature", "ignored_signature"),
    ("message/external-body; access-type=URL", "ignored_external_body"),
])  # fmt: skip
def test_e23_what_is_of_no_use_is_left_with_a_note(kind, note):
    heard = said(
        parts(WORDS, f"Content-Type: {kind}\r\nContent-Disposition: attachment; filename=x\r\n\r\nBEGIN")
    )
    assert (heard.files, heard.notes, heard.words) == ((), (note,), "Lampu jalan\n\nJalan rusak.")


def test_e23_a_mail_in_a_mail_is_kept_as_a_file():
    assert files("Content-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\n\r\nhai") == [
        ("pesan.eml", b"From: x@y.example\r\n\r\nhai")
    ]


def winmail(name: bytes, data: bytes, body: bytes = b"") -> bytes:
    """Outlook's own wrapping, by hand: signature, key, attributes of level, id, length, data, sum."""

    def attribute(level: int, number: int, value: bytes) -> bytes:
        return struct.pack("<BII", level, number, len(value)) + value + struct.pack("<H", sum(value) % 65536)

    told = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x00089006, struct.pack("<I", 0x10000))
    if body:
        told += attribute(1, 0x0002800C, body + b"\0")
    told += attribute(2, 0x00069002, b"\x01\x00" + b"\0" * 12)
    told += attribute(2, 0x00018010, name + b"\0") + attribute(2, 0x0006800F, data)
    return told + b"\0" * 16


def test_e23_winmail_is_opened():
    packed = base64.encodebytes(winmail(b"foto.jpg", JPEG)).decode()
    part = f"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n{packed}"
    heard = said(parts(WORDS, part))
    assert [(file.name, file.data) for file in heard.files] == [("foto.jpg", JPEG)]
    assert heard.words == "Lampu jalan\n\nJalan rusak."


@pytest.mark.parametrize(
    "data", [b"bukan", b"", b"\x78\x9f\x3e\x22" + b"\xff" * 200, winmail(b"x", b"y")[:60]], ids=range(4)
)
def test_e23_a_winmail_that_cant_be_opened_is_a_file(data):
    packed = base64.encodebytes(data).decode()
    part = f"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n{packed}"
    heard = said(parts(WORDS, part))
    assert heard.words == "Lampu jalan\n\nJalan rusak."
    assert [file.name for file in heard.files] in ([], ["winmail.dat"])


def test_a_file_of_more_than_20_mb_is_left_with_a_note():
    big = photo().encode().replace(PACKED.encode(), base64.encodebytes(b"x" * 20_000_001))
    heard = said(parts(WORDS, big, photo()))
    assert ([file.data for file in heard.files], heard.notes) == ([JPEG], ("file_too_large",))


def test_a_mail_that_is_a_photo_alone():
    heard = said(
        mail(PACKED, content_type="image/jpeg; name=a.jpg", content_transfer_encoding="base64", subject=None)
    )
    assert (heard.words, [file.data for file in heard.files], heard.notes) == ("", [JPEG], ("no_text",))
