"""Sealing of personal data, and the codes derived from secrets.

A person's data is sealed with a key of that person; that key is wrapped by a key of the environment. To
forget a person, drop the wrapped key. Keys of the environment carry an id, so that new ones can be added in
front and old ones still open.

Sealed bytes: 1 version, then for wrapped and direct ones the length and id of the environment's key, a nonce
of 12 bytes, then AES-256-GCM's words and tag.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = b"\x01"
NONCE = 12
_ID = re.compile(r"[A-Za-z0-9_-]{1,16}")


class BadKey(ValueError):
    """The setting that holds the keys can't be read."""


class CannotOpen(ValueError):
    """The sealed bytes are damaged, belong elsewhere, or their key is gone."""


@dataclass(frozen=True)
class Keyring:
    """The environment's keys, the current one first."""

    keys: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Reads "id:base64,id:base64", each key 32 bytes. Raises BadKey, which never repeats the key."""
        keys: list[tuple[str, bytes]] = []
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, _, told = part.partition(":")
            try:
                key = base64.b64decode(told, validate=True)
            except binascii.Error:
                key = b""
            if not _ID.fullmatch(name) or len(key) != 32:
                raise BadKey('A sealing key is written "id:base64 of 32 bytes", several with commas between.')
            keys.append((name, key))
        if not keys:
            raise BadKey("There is no sealing key.")
        if len({name for name, _ in keys}) != len(keys):
            raise BadKey("Two sealing keys have the same id.")
        return cls(tuple(keys))

    def __repr__(self) -> str:
        return f"Keyring({', '.join(name for name, _ in self.keys)})"

    @property
    def current(self) -> tuple[str, bytes]:
        return self.keys[0]

    def find(self, name: str) -> bytes:
        for known, key in self.keys:
            if known == name:
                return key
        raise CannotOpen(f"The sealing key {name} is not among the environment's keys.")


# ---- a person's data ----


def new_person_key(ring: Keyring) -> bytes:
    """A fresh key for one person, wrapped: what is stored beside the person."""
    return _close(ring, AESGCM.generate_key(256), "person", b"")


def rewrap(ring: Keyring, wrapped: bytes) -> bytes:
    """The same person's key wrapped by the current key of the environment, for rotation."""
    return _close(ring, _open(ring, wrapped, "person", b""), "person", b"")


def seal(ring: Keyring, wrapped: bytes, plain: bytes | str, aad: bytes = b"") -> bytes:
    """Seals with a person's key. `aad` binds the words to their place: the same is needed to open them."""
    nonce = os.urandom(NONCE)
    key = _open(ring, wrapped, "person", b"")
    return VERSION + nonce + AESGCM(key).encrypt(nonce, _bytes(plain), aad)


def open_sealed(ring: Keyring, wrapped: bytes, sealed: bytes, aad: bytes = b"") -> bytes:
    """Opens what `seal` made. Raises CannotOpen."""
    key, sealed = _open(ring, wrapped, "person", b""), bytes(sealed)
    if sealed[:1] != VERSION:
        raise CannotOpen("These are not sealed words.")
    return _decrypt(key, sealed[1:], aad)


# ---- words of nobody ----


def seal_direct(ring: Keyring, plain: bytes | str, aad: bytes = b"") -> bytes:
    """Seals with the environment's key alone: raw words that belong to no known person yet."""
    return _close(ring, _bytes(plain), "direct", aad)


def open_direct(ring: Keyring, sealed: bytes, aad: bytes = b"") -> bytes:
    """Opens what `seal_direct` made. Raises CannotOpen."""
    return _open(ring, sealed, "direct", aad)


# ---- codes ----


def lookup(ring: Keyring, text: str) -> bytes:
    """32 bytes by which an address of a person is found without being readable.

    Derived from the oldest key of the ring, so that adding a key in front changes nothing.
    """
    return hmac.digest(_derived(ring.keys[-1][1], "lookup"), text.encode("utf-8", "replace"), "sha256")


def secret_for(key: bytes, uuid: UUID, version: int) -> str:
    """The tracking secret of a report.

    80 bits as 16 signs, never stored, repeatable; a higher version revokes it.
    """
    made = hmac.digest(key, uuid.bytes + version.to_bytes(4, "big"), hashlib.sha256)
    return base64.b32encode(made[:10]).decode().lower()


def secret_matches(key: bytes, uuid: UUID, version: int, given: str) -> bool:
    """Compares in constant time. Case, spaces, hyphens and the signs people confuse are forgiven."""
    told = re.sub(r"[\s\-\u2010-\u2015]", "", given or "").lower().translate(str.maketrans("018", "olb"))
    return hmac.compare_digest(told.encode("utf-8", "replace"), secret_for(key, uuid, version).encode())


def claim_code(uuid: UUID) -> str:
    """The eight signs on an offline receipt by which staff find the number. It opens nothing."""
    return base64.b32encode(uuid.bytes)[:8].decode()


# ---- inside ----


def _bytes(plain: bytes | str) -> bytes:
    return plain.encode("utf-8", "replace") if isinstance(plain, str) else bytes(plain)


@lru_cache(maxsize=64)
def _derived(key: bytes, purpose: str) -> bytes:
    """One key per purpose, so that no sealed thing can be passed off as another kind."""
    return HKDF(hashes.SHA256(), 32, salt=None, info=f"tanggap {purpose}".encode()).derive(key)


def _close(ring: Keyring, plain: bytes, purpose: str, aad: bytes) -> bytes:
    name, key = ring.current
    nonce = os.urandom(NONCE)
    head = VERSION + bytes([len(name)]) + name.encode()
    return head + nonce + AESGCM(_derived(key, purpose)).encrypt(nonce, plain, aad)


def _open(ring: Keyring, sealed: bytes, purpose: str, aad: bytes) -> bytes:
    sealed = bytes(sealed)
    if len(sealed) < 2 or sealed[:1] != VERSION:
        raise CannotOpen("These are not sealed words.")
    end = 2 + sealed[1]
    return _decrypt(_derived(ring.find(sealed[2:end].decode("ascii", "replace")), purpose), sealed[end:], aad)


def _decrypt(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    if len(sealed) < NONCE + 16:
        raise CannotOpen("The sealed words are cut off.")
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], aad)
    except InvalidTag:
        raise CannotOpen("The sealed words are damaged or belong elsewhere.") from None
