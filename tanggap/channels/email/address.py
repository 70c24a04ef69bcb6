"""Addresses: what we give out signed, so that what comes back to it says by itself what it belongs to.

    laporan+r17-k3...@kota.id   answers to report 17 (Reply-To)
    laporan+b42-q7...@kota.id   the way back of letter 42 (envelope sender): bounces of it come here
    <l42-z5...@kota.id>         the Message-ID of letter 42

Each is signed with 100 bits; several secrets count while one is rotated, the first one signs. Lower case only: another
spelling is another token, and refused (reliability.md E04).
"""

import base64
import hashlib
import hmac
import re
import secrets

from tanggap.channels.base import Account

REPLY, BOUNCE, LETTER = "r", "b", "l"
MAC_SIGNS = 20  # of base32: 100 bits
LOCAL_PART = 64  # octets: RFC 5321 4.5.3.1.1
_TAG = re.compile(rf"([a-z])([a-z0-9_]{{1,40}})-([a-z2-7]{{{MAC_SIGNS}}})")
_PLAIN = re.compile(r"[a-z0-9]{1,40}")
_DOMAIN = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS = re.compile(rf"[a-z0-9!#$%&'*+/=?^_`{{|}}~.-]{{1,64}}@(?=.{{1,253}}\Z){_DOMAIN}", re.I)


def is_address(text: str) -> bool:
    """One plain address of ASCII signs: no name, no comment, no quotes, no second one.

    >>> [is_address(one) for one in ("ani@contoh.id", "a@b(<evil@x>)", "a@b, c@d", "a@b\\nBcc: c@d")]
    [True, False, False, False]
    """
    return _ADDRESS.fullmatch(text) is not None


def split(address: str) -> tuple[str, str]:
    local, _, domain = address.strip().rpartition("@")
    return local, domain.lower()


def keys(account: Account) -> list[bytes]:
    """The secrets that count, the one that signs first."""
    return [one.strip().encode() for one in account["token_secret"].split(",") if one.strip()]


def sign(account: Account, kind: str, token: str) -> str:
    """`kind` + token + signature as one word for an address; "" where the token can't stand in one."""
    known = keys(account)
    if not known or not _PLAIN.fullmatch(token):
        return ""
    return f"{kind}{token}-{mac(known[0], account, kind, token)}"


def read(account: Account, kind: str, tag: str) -> str:
    """The token of a tag with a right signature, else ""."""
    found = _TAG.fullmatch(tag)
    if found is None or found[1] != kind:
        return ""
    right = [hmac.compare_digest(found[3], mac(key, account, kind, found[2])) for key in keys(account)]
    return found[2] if any(right) else ""


def mac(key: bytes, account: Account, kind: str, token: str) -> str:
    told = f"tanggap mail\n{account['address'].lower()}\n{kind}\n{token}".encode()
    return base64.b32encode(hmac.new(key, told, hashlib.sha256).digest()).decode()[:MAC_SIGNS].lower()


def plus(account: Account, kind: str, token: str) -> str:
    """Our address with a signed tag; "" where there is none or it would be longer than an address may be."""
    local, domain = split(account["address"])
    tag = sign(account, kind, token)
    told = f"{local}+{tag}"
    return f"{told}@{domain}" if tag and len(told) <= LOCAL_PART else ""


def tags(account: Account, recipients: list[str]) -> list[str]:
    """What stands behind the plus of those recipients that are ours."""
    local, domain = split(account["address"])
    found = []
    for one in recipients:
        name, where = split(one)
        before, plus_sign, tag = name.partition("+")
        if plus_sign and before.lower() == local.lower() and where == domain:
            found.append(tag)
    return found


def is_ours(account: Account, address: str) -> bool:
    """Our own address, with or without something behind a plus."""
    name, where = split(address)
    local, domain = split(account["address"])
    return where == domain and name.partition("+")[0].lower() == local.lower()


def message_id(account: Account, letter: int) -> str:
    """A Message-ID without its brackets. The same letter always has the same: sent twice, it is one to its reader."""
    domain = split(account["address"])[1]
    tag = sign(account, LETTER, str(letter)) if letter else ""
    return f"{tag or secrets.token_hex(16)}@{domain}"


def letter_of(account: Account, name: str) -> int | None:
    """The letter that has this Message-ID, if we gave it."""
    tag, _, domain = name.strip().strip("<>").rpartition("@")
    if domain.lower() != split(account["address"])[1]:
        return None
    return number(read(account, LETTER, tag))


def number(token: str) -> int | None:
    """Our own ids fit a bigint."""
    return int(token) if token.isdecimal() and token.isascii() and len(token) <= 18 else None
