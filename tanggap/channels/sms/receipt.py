"""Delivery receipts of an exchange: two TLVs, or words in the shape that appendix B of SMPP 3.4 tells.

A message of several parts asks for one receipt, that of its last part, and is known by that part's id.
"""

import re
from datetime import datetime

from tanggap.channels.base import Account, Delivery, Unreadable, once
from tanggap.lib import loosely

from . import pdu

SENT, DELIVERED, FAILED = "sent", "delivered", "failed"
WORDS = {
    "DELIVRD": DELIVERED, "ACCEPTD": SENT, "ENROUTE": SENT, "BUFFERD": SENT, "BUFFRED": SENT, "UNKNOWN": SENT,
    "SCHEDUL": SENT, "EXPIRED": FAILED, "DELETED": FAILED, "UNDELIV": FAILED, "REJECTD": FAILED, "FAILED": FAILED,
    "SKIPPED": FAILED,
}  # fmt: skip
STATES = {0: "SCHEDUL", 1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD",
          7: "UNKNOWN", 8: "REJECTD"}  # fmt: skip
FIELD = re.compile(r"\b(id|stat|err):\s*([^\s:]{1,64})", re.IGNORECASE)
UNKNOWN_SUBSCRIBER = b"\x03\x00\x01"  # network error 1 of a GSM network: nobody has that number
BASES = {"hex-decimal": (16, 10), "decimal-hex": (10, 16)}


def receipt(account: Account, short: pdu.Short, now: datetime) -> Delivery | Unreadable:
    """What became of a letter; a receipt without an id or of a state not known here is for a person."""
    told = {}
    for name, value in FIELD.findall(short.text.decode("latin-1")):
        told.setdefault(name.lower(), value)
    by_tlv = string(short.tlvs.get(pdu.RECEIPTED_ID, b""))
    of = from_answer(account, by_tlv) if by_tlv else from_receipt(account, told.get("id", ""))
    state = short.tlvs.get(pdu.STATE, b"")
    word = STATES.get(state[-1], "") if state else told.get("stat", "").upper()[:7]
    if not of or word not in WORDS:
        name = once("receipt", loosely.digest(short.raw))
        return Unreadable(account.code, name, "receipt", now, short.raw)
    error = told.get("err", "")
    gone = error in listed(account["gone_codes"]) or short.tlvs.get(pdu.NETWORK_ERROR) == UNKNOWN_SUBSCRIBER
    failed = WORDS[word] == FAILED
    reason = "_".join(part for part in (word.lower(), error.lower()) if part) if failed else ""
    return Delivery(
        account.code, once("receipt", of, word), WORDS[word], now, of=of, reason=reason, gone=failed and gone,
        body=short.raw,
    )  # fmt: skip


def listed(setting: str) -> list[str]:
    return [one.strip() for one in setting.split(",") if one.strip()]


def string(value: bytes) -> str:
    """Some exchanges close it by NUL, some don't."""
    return value.split(b"\x00")[0].decode("latin-1").strip()[:64]


def from_answer(account: Account, name: str) -> str:
    """The id that the answer to our submit gave, as we keep it; TLVs write it the same way."""
    return converted(name, BASES.get(account["ids"], (0, 0))[0])


def from_receipt(account: Account, name: str) -> str:
    """The id in a receipt's words, as we keep it: some exchanges answer in hex and write receipts in decimal."""
    return converted(name, BASES.get(account["ids"], (0, 0))[1])


def converted(name: str, base: int) -> str:
    """
    >>> converted("1F", 16), converted("0031", 10), converted("1F", 0), converted("abc-x", 16)
    ('31', '31', '1F', 'abc-x')
    """
    if not base:
        return name
    try:
        return str(int(name, base))
    except ValueError:
        return name
