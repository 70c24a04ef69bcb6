"""Keys of copies. A pair: the public half seals on the city's machine, the secret half opens and is kept elsewhere.

The format is age's, so that a part can be opened with its own program as well. Beside it stand marks made with the
city's secrets: they prove that a manifest is ours and that the secrets at hand are those of the copied city.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyrage
from pyrage import x25519

from tanggap.copies.errors import BadKey, WrongSecrets
from tanggap.lib import seal

_PUBLIC = re.compile(r"age1[a-z0-9]{58}")


def make_pair() -> tuple[str, str]:
    """(secret, public)."""
    made = x25519.Identity.generate()
    return str(made), str(made.to_public())


def recipients(text: str) -> list[str]:
    """One or more public keys, with commas or spaces between. Raises BadKey."""
    given = text.replace(",", " ").split()
    if not given:
        raise BadKey(
            "No key to seal to: give --to-key age1…, or set TANGGAP_BACKUP_KEY (`tanggap backup-key` makes one)."
        )
    for word in given:
        if word.upper().startswith("AGE-SECRET-KEY-"):
            raise BadKey(
                "That is the secret half: seal to the public one (age1…), keep the secret off this machine."
            )
        try:
            x25519.Recipient.from_str(word)
        except pyrage.RecipientError:
            raise BadKey(
                f"{word[:80]!r} is no public key of a copy: it begins with age1 and has 62 signs."
            ) from None
    return list(dict.fromkeys(given))


def identities(path: Path) -> list[x25519.Identity]:
    """The secret keys in a file: one a line, lines with # are remarks. Raises BadKey, which never repeats a key."""
    try:
        lines = path.read_text().splitlines()
    except UnicodeDecodeError:
        raise BadKey(f"{path} holds no key: it is no text.") from None
    except OSError as error:
        raise BadKey(f"The key file {path} can't be read: {error.strerror}.") from None
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            found.append(x25519.Identity.from_str(line.strip()))
        except pyrage.IdentityError:
            told = "the public half" if _PUBLIC.fullmatch(line.strip()) else "no key"
            raise BadKey(
                f"{path}, line {number}: this is {told}; a secret key begins with AGE-SECRET-KEY-1."
            ) from None
    if not found:
        raise BadKey(f"{path} holds no key.")
    return found


def check_opens(found: list[x25519.Identity], sealed_to: list[str], path: Path) -> None:
    """Raises BadKey when none of these keys is one of those the copy was sealed to."""
    ours = [str(one.to_public()) for one in found]
    if not set(ours) & set(sealed_to):
        raise BadKey(
            f"The key in {path} does not open this copy: it is sealed to {', '.join(sealed_to)}, "
            f"the key is of {', '.join(ours)}."
        )


def close(data: bytes, sealed_to: list[str]) -> bytes:
    return pyrage.encrypt(data, [x25519.Recipient.from_str(one) for one in sealed_to])


def open_sealed(data: bytes, found: list[x25519.Identity]) -> bytes:
    """Raises BadKey: the key is not the one, or the bytes are damaged."""
    try:
        return pyrage.decrypt(data, found)
    except pyrage.DecryptError as error:
        raise BadKey(f"A part can't be opened: {error}.") from None


# ---- the city's secrets ----


@dataclass(frozen=True)
class Secrets:
    """What a city keeps apart from its copies: without them names stay sealed and links lead nowhere."""

    ring: seal.Keyring
    tracking: bytes

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Secrets":
        """Raises WrongSecrets where one is missing or none."""
        tracking = environment.get("TANGGAP_TRACKING_KEY", "").strip().encode()
        if len(tracking) < 32:
            raise WrongSecrets(
                "TANGGAP_TRACKING_KEY is missing: set the city's own, or its links lead nowhere."
            )
        try:
            ring = seal.Keyring.parse(environment.get("TANGGAP_SEAL_KEYS", ""))
        except seal.BadKey as error:
            raise WrongSecrets(f"TANGGAP_SEAL_KEYS can't be used: {error}") from None
        return cls(ring, tracking)

    def marks(self, name: str) -> dict:
        """By which a restore sees whether it has the right secrets; nothing can be derived from them."""
        made = {key_id: _mark(key, "seal", name) for key_id, key in self.ring.keys}
        return {"seal": made, "tracking": _mark(self.tracking, "tracking", name)}

    def check(self, name: str, marks: dict) -> None:
        """Raises WrongSecrets naming which is not the copied city's."""
        if not hmac.compare_digest(_mark(self.tracking, "tracking", name), str(marks["tracking"])):
            raise WrongSecrets(
                "TANGGAP_TRACKING_KEY is not the copied city's: the citizens' links would lead nowhere."
            )
        ours = {key_id: _mark(key, "seal", name) for key_id, key in self.ring.keys}
        for key_id, mark in marks["seal"].items():
            if key_id not in ours:
                raise WrongSecrets(
                    f"TANGGAP_SEAL_KEYS lacks the key {key_id}: what it sealed would stay sealed."
                )
            if not hmac.compare_digest(ours[key_id], str(mark)):
                raise WrongSecrets(
                    f"The key {key_id} in TANGGAP_SEAL_KEYS is not the copied city's key of that name."
                )

    def sign(self, words: bytes) -> str:
        return hmac.new(self.tracking, b"tanggap manifest\0" + words, hashlib.sha256).hexdigest()


def _mark(key: bytes, purpose: str, name: str) -> str:
    return hmac.new(key, f"tanggap copy\0{purpose}\0{name}".encode(), hashlib.sha256).hexdigest()
