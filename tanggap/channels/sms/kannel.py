"""Kannel by HTTP: letters to its sendsms, and its two kinds of request to our hook, what a citizen wrote (get-url) and
what became of a letter (dlr-url). docs/channels-sms.md has its configuration, and says what it can lose.

Kannel tells no id of what it took, so ours goes along in the dlr-url, with a seal over it.
"""

import hashlib
import hmac
from urllib.parse import urlencode, urlsplit

from tanggap.channels.base import Account, Answered, Asked, Outgoing, SendResult
from tanggap.lib import loosely, outside

from . import alphabet, parse

AGAIN, DOWN, FAILED = "again", "down", "failed"
MEANINGS = {  # HTTP status of sendsms: what it means for the letter
    400: FAILED,
    401: DOWN,
    403: DOWN,
    404: DOWN,
    429: AGAIN,
    500: AGAIN,
    503: AGAIN,
}
TAKEN = (200, 202)
ALL_NEWS = 31  # dlr-mask: delivered, failed, buffered, taken by the exchange, refused by it
BASIC = "basic "


def hook(account: Account, asked: Asked) -> Answered:
    """403 for who has neither the key nor a sealed address; the empty answer keeps Kannel from sending it on."""
    keys = loosely.values(account["hook_key"])
    letter = asked.query.get("letter", "")
    sealed = bool(keys) and loosely.same(asked.query.get("seal", ""), [seal(key, letter) for key in keys])
    if not (sealed and letter) and not loosely.same(asked.query.get("key", ""), keys):
        return Answered(403)
    if asked.method != "GET":
        return Answered(405)
    query = urlsplit(asked.url).query or urlencode(asked.query)
    told = query.encode("utf-8", "replace")
    read = parse.news if letter else parse.words
    return Answered(200, heard=read(account, told, parse.at(account)))


def seal(key: str, letter: str) -> str:
    told = f"dlr:{letter}".encode("utf-8", "replace")
    return hmac.new(key.encode("utf-8", "replace"), told, hashlib.sha256).hexdigest()[:32]


def send(account: Account, outgoing: Outgoing, to: str, words: str, coded: alphabet.Coded) -> SendResult:
    asked = {
        "username": account["username"], "password": account["password"], "from": account["sender"], "to": to,
        "text": words, "charset": "UTF-8", "coding": "2" if coded.coding == alphabet.UCS2 else "0",
    }  # fmt: skip
    if account["smsc"]:
        asked["smsc"] = account["smsc"]
    if (address := news_address(account, outgoing)) is not None:
        asked |= {"dlr-mask": str(ALL_NEWS), "dlr-url": address}
    try:
        reply = outside.ask(
            "GET", f"{account['base_url'].rstrip('/')}/cgi-bin/sendsms?{urlencode(asked, errors='replace')}",
            seconds=seconds(account),
        )  # fmt: skip
    except outside.NoAnswer as silence:
        if silence.sent:
            return SendResult("unknown", f"no_answer_{silence}", down=True)
        return SendResult("failed", f"no_answer_{silence}", again=True, down=True)
    return meaning(reply)


def news_address(account: Account, outgoing: Outgoing) -> str | None:
    """Our hook, where it is told what became of this letter; %d and %F are for Kannel to fill."""
    keys = loosely.values(account["hook_key"])
    if not (account["hook_url"] and keys and outgoing.letter):
        return None
    letter = str(outgoing.letter)
    told = f"letter={letter}&seal={seal(keys[0], letter)}&state=%d&id=%F"
    return f"{account['hook_url']}{'&' if '?' in account['hook_url'] else '?'}{told}"


def seconds(account: Account) -> float:
    try:
        return min(120.0, max(0.2, float(account["answer_seconds"] or 10)))
    except ValueError:
        return 10.0


def meaning(reply: outside.Reply) -> SendResult:
    """An answer of another program than Kannel is one of a gateway before it: whether it went on, nobody knows."""
    said = reply.body[:80].decode("latin-1").strip()
    if reply.status in TAKEN and said[:2] in ("0:", "3:"):
        return SendResult("sent")
    if reply.status < 400 or reply.status in (502, 504):
        return SendResult("unknown", f"http_{reply.status}")
    word = MEANINGS.get(reply.status, FAILED)
    return SendResult("failed", f"http_{reply.status}", again=word in (AGAIN, DOWN), down=word == DOWN)
