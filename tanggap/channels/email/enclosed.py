"""What is enclosed in a mail: photos and papers as files, Outlook's winmail.dat opened, the rest named in notes."""

import re
import unicodedata

from tnefparse import TNEF

from tanggap.channels.base import File

from .mime import Part, parameters_of, unfolded

MOST_FILES = 20
MOST_OF_A_FILE = 20_000_000  # as every door
A_DOT = 200  # bytes: smaller pictures are counters and lines, no photos
# kept with the mail's raw words, of no use to a case; the note says that they were there
IGNORED = {
    "text/calendar": "calendar", "application/ics": "calendar", "text/vcard": "vcard", "text/x-vcard": "vcard",
    "text/directory": "vcard", "application/pgp-signature": "signature", "application/pkcs7-signature": "signature",
    "application/x-pkcs7-signature": "signature", "application/pgp-keys": "keys", "text/x-amp-html": "",
    "message/external-body": "external_body", "message/partial": "incomplete", "text/rfc822-headers": "",
    "message/delivery-status": "", "message/disposition-notification": "",
}  # fmt: skip
WINMAIL = {"application/ms-tnef", "application/vnd.ms-tnef"}
ENCRYPTED = {"application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
_UNSAFE = re.compile(r"[\\/:*?\"<>|]+")


def name_of(part: Part) -> str:
    """The name somebody gave the file, made harmless: no path, no sign that hides or turns others, 100 signs."""
    given = parameters_of(part.first("content-disposition")).get("filename") or part.parameters.get(
        "name", ""
    )
    return harmless(unfolded(given))


def harmless(name: str) -> str:
    """>>> harmless("../../\\u202egpj.exe")
    'gpj.exe'
    """
    name = "".join(
        sign for sign in unicodedata.normalize("NFC", name) if unicodedata.category(sign)[0] != "C"
    )
    name = _UNSAFE.sub("/", name).rpartition("/")[2].strip(" .")
    stem, dot, suffix = name.rpartition(".")
    return name if len(name) <= 100 else f"{stem[: 99 - len(suffix)]}{dot}{suffix}"[:100]


def file_of(part: Part, notes: list[str]) -> list[File]:
    """The files of one part that is no text of the mail."""
    if part.type in IGNORED:
        if IGNORED[part.type]:
            notes.append(f"ignored_{IGNORED[part.type]}")
        return []
    name = name_of(part)
    if part.type in WINMAIL or name.lower() == "winmail.dat":
        return []  # opened beside the words: see `opened`
    if len(part.raw) > MOST_OF_A_FILE * 1.4:
        notes.append("file_too_large")
        return []
    data = part.data()
    if len(data) > MOST_OF_A_FILE:
        notes.append("file_too_large")
        return []
    if not data or (part.type.startswith("image/") and len(data) < A_DOT):
        return []
    if part.type == "message/rfc822":
        name = (name or "pesan") if name.lower().endswith(".eml") else f"{name or 'pesan'}.eml"
    return [File(name, data)]


def is_winmail(part: Part) -> bool:
    return part.type in WINMAIL or name_of(part).lower() == "winmail.dat"


def opened(part: Part, notes: list[str]) -> tuple[str, str, list[File]]:
    """Plain words, HTML words and files of a winmail.dat; one that can't be read is a file like others."""
    data = part.data()
    if len(data) > MOST_OF_A_FILE:
        notes.append("file_too_large")
        return "", "", []
    try:
        inner = TNEF(data, do_checksum=False)
        files = [
            File(harmless(loose(one.long_filename())), one.data) for one in inner.attachments[:MOST_FILES]
        ]
        return loose(inner.body), loose(inner.htmlbody), [one for one in files if one.data]
    except Exception:  # a stranger's bytes in somebody else's reader: it raises whatever it meets
        notes.append("winmail_unreadable")
        return "", "", [File("winmail.dat", data)]


def loose(value: object) -> str:
    if isinstance(value, list | tuple):
        value = value[0] if value else ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip("\0")
    return str(value or "").strip("\0")
