"""Mails of invented people, as their programs write them, and the account they write to."""

from datetime import UTC, datetime

from tanggap.channels.base import Account, Submission
from tanggap.channels.email import address
from tanggap.channels.email.parse import parse

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
SECRET = "kunci-baru-untuk-menandai-alamat-1234"
OLD = "kunci-lama-untuk-menandai-alamat-9876"
SETTINGS = {
    "address": "laporan@kota.example",
    "name": "Tanggap Kota",
    "token_secret": f"{SECRET},{OLD}",
    "authserv_id": "mx.kota.example",
    "imap_folder": "INBOX",
    "imap_processed": "Processed",
}


def account(**more: str) -> Account:
    return Account("surel", "email", {**SETTINGS, **more}, {}, NOON)


CITY = account()


def reply_to(report: int | str = 17, of: Account = CITY) -> str:
    return address.plus(of, address.REPLY, str(report))


def bounce_to(letter: int = 42, of: Account = CITY) -> str:
    return address.plus(of, address.BOUNCE, str(letter))


def mail(body: bytes | str = "Lampu jalan mati di depan pasar.\r\n", **headers: str | None) -> bytes:
    """A plain mail of Ani's. Names of headers with _ for -; None leaves one out."""
    usual: dict[str, str | None] = {
        "return_path": "<ani@warga.example>",
        "delivered_to": "laporan@kota.example",
        "received": "from hp.warga.example by mx.kota.example; Tue, 24 Nov 2026 05:00:00 +0000",
        "from": "Ani Lestari <ani@warga.example>",
        "to": "laporan@kota.example",
        "subject": "Lampu jalan",
        "date": "Tue, 24 Nov 2026 12:00:00 +0700",
        "message_id": "<satu@warga.example>",
        "mime_version": "1.0",
        "content_type": "text/plain; charset=utf-8",
    }
    usual |= {name.rstrip("_"): value for name, value in headers.items()}
    lines = [
        f"{name.replace('_', '-').title()}: {value}" for name, value in usual.items() if value is not None
    ]
    told = body.encode() if isinstance(body, str) else body
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + told


def parts(*inner: str | bytes, kind: str = "mixed", boundary: str = "batas", **headers: str | None) -> bytes:
    """A mail of several parts; each is its own headers, an empty line and its body."""
    told = b"".join(
        b"--" + boundary.encode() + b"\r\n" + (one.encode() if isinstance(one, str) else one) + b"\r\n"
        for one in inner
    )
    body = told + b"--" + boundary.encode() + b"--\r\n"
    return mail(body, content_type=f'multipart/{kind}; boundary="{boundary}"', **headers)


def one(raw: bytes, of: Account = CITY):
    """What is heard of a mail: always exactly one thing."""
    found = parse(of, raw, NOON)
    assert len(found) == 1
    return found[0]


def said(raw: bytes, of: Account = CITY) -> Submission:
    found = one(raw, of)
    assert isinstance(found, Submission), found
    return found


def nested_too_deep(levels: int = 400) -> bytes:
    """Parts in parts in parts."""
    inner = b"Content-Type: text/plain\r\n\r\nJalan rusak\r\n"
    for level in range(levels):
        name = b"b%d" % level
        kind = b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n' % name
        inner = kind + b"--%s\r\n%s\r\n--%s--\r\n" % (name, inner, name)
    return b"From: ani@warga.example\r\n" + inner
