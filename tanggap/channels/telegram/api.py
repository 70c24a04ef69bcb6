"""The talk with the Bot API: one call and its result, or what went wrong.

The token stands in the address, because this API wants it there: so no address is ever logged or told.
"""

import re
from collections.abc import Mapping
from typing import Any

from tanggap.channels.base import Account, Trouble
from tanggap.lib import loosely, outside

TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{10,100}")
ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?")
LONGEST_WAIT = 86_400.0


class Wrong(Exception):
    """Telegram answered, with an error of its own (`known`) or with something else. The text is a code for a ledger,
    never the provider's sentence."""

    def __init__(self, code: int, description: str = "", after: float | None = None, known: bool = True):
        super().__init__(f"telegram_{code}" if known else f"http_{code}")
        self.code, self.description, self.after, self.known = code, description.lower(), after, known


def call(
    account: Account, method: str, said: Mapping[str, Any], *, wait: float = 0, limit: int = 1_000_000
) -> Any:
    """Raises Wrong, outside.NoAnswer, or Trouble for settings nobody can call with. `wait`: seconds it may be held."""
    url = f"{base(account)}/bot{token(account)}/{method}"
    reply = outside.ask("POST", url, json=dict(said), seconds=seconds(account) + wait, limit=limit)
    try:
        answer = reply.json()
    except ValueError:
        answer = None
    if not isinstance(answer, Mapping):
        raise Wrong(reply.status, known=False)
    if answer.get("ok") is True and reply.status < 300:
        return answer.get("result")
    code = loosely.whole(answer, "error_code")
    after = loosely.whole(loosely.part(answer, "parameters"), "retry_after")
    if code is None:
        raise Wrong(reply.status, known=False)
    patience = None if after is None else max(0.0, min(float(after), LONGEST_WAIT))
    raise Wrong(code, loosely.text(answer, "description"), patience)


def base(account: Account) -> str:
    found = account["base_url"].rstrip("/")
    if not ADDRESS.fullmatch(found):
        raise Trouble("The setting base_url is not a web address.")
    return found


def token(account: Account) -> str:
    if not TOKEN.fullmatch(account["token"]):
        raise Trouble("The token is not of the form that BotFather gives (digits, a colon, letters).")
    return account["token"]


def seconds(account: Account) -> float:
    return number(account["seconds"], outside.SECONDS, 0.2, 60.0)


def number(told: str, spare: float, least: float, most: float) -> float:
    try:
        return max(least, min(float(told), most))
    except ValueError:
        return spare


def trouble(account: Account, wrong: Wrong | outside.NoAnswer) -> Trouble:
    """What a call's failure means for the whole account, as a sentence."""
    if isinstance(wrong, outside.NoAnswer):
        return Trouble(f"{base(account)} gives no whole answer ({wrong}).")
    if not wrong.known:
        return Trouble(f"{base(account)} answers with HTTP {wrong.code} and is no Bot API, or it is down.")
    for code, phrase, sentence in SENTENCES:
        if wrong.code == code and phrase in wrong.description:
            return Trouble(sentence)
    return Trouble(f"Telegram refuses ({wrong}).")


SENTENCES = (
    (401, "", "Telegram does not know this token: it was taken back, or is of another server."),
    (404, "", "Telegram does not know this token: it was taken back, or is of another server."),
    (
        409,
        "webhook",
        "A webhook is set for this bot, so it can't be polled: set way to webhook or delete that one.",
    ),
    (409, "", "Somebody else polls this bot with the same token: only one may."),
    (429, "", "Telegram asks us to wait: too many calls."),
    (500, "", "Telegram has an error of its own: it will be tried again."),
    (502, "", "Telegram is being restarted: it will be tried again."),
)
