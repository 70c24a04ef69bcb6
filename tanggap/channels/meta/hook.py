"""The provider's request at our webhook: the handshake (GET), and posts signed over their raw bytes.

The signature is looked at before a byte is parsed, in constant time, with each of the secrets given: while one is
rotated two are valid. A wrong one is 403 with nothing heard (reliability.md W01).
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence

from tanggap.channels.base import Account, Answered, Asked, Heard
from tanggap.lib import loosely

SIGNATURE = "x-hub-signature-256"
PREFIX = "sha256="

Parse = Callable[[Account, bytes], Sequence[Heard]]


def hook(account: Account, asked: Asked, parse: Parse) -> Answered:
    """Answer a request; what was heard is committed by the caller before the answer goes out."""
    if asked.method == "GET":
        return handshake(account, asked)
    if asked.method != "POST":
        return Answered(405)
    if not signed(account, asked):
        return Answered(403)
    return Answered(200, "EVENT_RECEIVED", heard=parse(account, asked.body))


def handshake(account: Account, asked: Asked) -> Answered:
    """The bare challenge for who knows the word we agreed on, else 403."""
    wanted = asked.query.get("hub.mode") == "subscribe"
    word = asked.query.get("hub.verify_token", "")
    if not loosely.same(word, loosely.values(account["verify_token"])) or not wanted:
        return Answered(403)
    return Answered(200, asked.query.get("hub.challenge", "")[:1000])


def signed(account: Account, asked: Asked) -> bool:
    """Did somebody who knows one of our app's secrets sign these very bytes?"""
    given = asked.headers.get(SIGNATURE, "")
    if not given.startswith(PREFIX):
        return False
    hexes = given[len(PREFIX) :].strip().lower()
    return loosely.same(hexes, [sign(one, asked.body) for one in loosely.values(account["app_secret"])])


def sign(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(errors="surrogatepass"), body, hashlib.sha256).hexdigest()
