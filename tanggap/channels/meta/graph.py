"""The talk with the Graph API: one call, its answer as a dict, or what went wrong.

There is no idempotency key in this API: a call whose answer did not come may have done its work, and is `unknown`.
The token goes in a header, never in an address, which others write into logs.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tanggap.channels.base import Account, SendResult, Trouble
from tanggap.channels.meta import hook, outcome, read
from tanggap.channels.meta.outcome import Wrong
from tanggap.lib import loosely, outside

LETTER = "tanggap:"  # in front of our own letter's id, where the provider carries something of ours along


def call(
    account: Account, method: str, path: str, query: Mapping[str, str] | None = None, json: Any = None
) -> Mapping[str, Any]:
    """Raises Wrong, outside.NoAnswer, or Trouble for settings nobody can call with."""
    url = address(account, path, query)
    reply = outside.ask(method, url, headers=bearer(account), json=json, seconds=seconds(account))
    try:
        said = reply.json()
    except ValueError:
        said = None
    if reply.status < 300 and isinstance(said, Mapping) and "error" not in said:
        return said
    raise wrong(reply, said)


def wrong(reply: outside.Reply, said: Any) -> Wrong:
    error = read.part(said, "error")
    code = error.get("code")
    after = outcome.patience(reply.headers)
    if not isinstance(code, int) or isinstance(code, bool):
        return Wrong(reply.status, after=after)
    subcode = error.get("error_subcode")
    subcode = subcode if isinstance(subcode, int) else 0
    return Wrong(reply.status, code, subcode, read.text(error, "message"), True, after)


def address(account: Account, path: str, query: Mapping[str, str] | None = None) -> str:
    base = account["base_url"].rstrip("/")
    try:
        parts = urlsplit(base)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if not fine:
        raise Trouble("The setting base_url is not a web address.")
    version = f"/{quote(account['version'], errors='replace')}" if account["version"] else ""
    asked = f"?{urlencode(query, errors='replace')}" if query else ""
    return f"{base}{version}/{quote(path, safe='/', errors='replace')}{asked}"


def bearer(account: Account) -> dict[str, str]:
    token = account["token"]
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise Trouble("The token is empty or holds signs that no token has.")
    return {"Authorization": f"Bearer {token}"}


def seconds(account: Account) -> float:
    try:
        return max(0.2, min(float(account["seconds"] or outside.SECONDS), 60.0))
    except ValueError:
        return outside.SECONDS


def proof(account: Account) -> dict[str, str]:
    """The token signed with the app's secret: a wrong secret makes the provider say so."""
    secrets = loosely.values(account["app_secret"]) or [""]
    return {"appsecret_proof": hook.sign(secrets[0], account["token"].encode(errors="surrogatepass"))}


def send(
    account: Account, path: str, json: Mapping[str, Any], id_of: Callable[[Mapping[str, Any]], str]
) -> SendResult:
    """Send one message; never raises."""
    try:
        said = call(account, "POST", path, json=json)
    except Trouble as trouble:
        return SendResult("failed", str(trouble), again=True, down=True)
    except Wrong as wrong_answer:
        return outcome.result(wrong_answer)
    except outside.NoAnswer as silence:
        return unanswered(silence)
    found = id_of(said)
    return SendResult("sent", external_id=found) if found else SendResult("unknown", "no_id")


def unanswered(silence: outside.NoAnswer) -> SendResult:
    if silence.sent:
        return SendResult("unknown", f"no_answer_{silence}")
    return SendResult("failed", f"no_answer_{silence}", again=True, down=True)


def ours(letter: int) -> str:
    return f"{LETTER}{letter}"


def letter_of(carried: str) -> int | None:
    """Our letter's id out of what came back.

    >>> letter_of("tanggap:42"), letter_of("42"), letter_of("tanggap:x")
    (42, None, None)
    """
    digits = carried.removeprefix(LETTER)
    fits = carried.startswith(LETTER) and digits.isascii() and digits.isdigit() and len(digits) <= 18
    return int(digits) if fits and int(digits) else None


def fitted(text: str, link: str, most: int, size: Callable[[str], int] = len) -> str:
    """The text where it fits, else its beginning, cut between words, and the link to the rest.

    >>> fitted("satu dua tiga empat", "x.id/1", 18)
    'satu dua … x.id/1'
    """
    text = loosely.plain(text)
    if size(text) <= most:
        return text
    tail = f" … {link}" if link else " …"
    kept = text[:most]
    while kept and size(kept + tail) > most:
        kept = kept[: min(len(kept) - 1, max(kept.rfind(" "), kept.rfind("\n"), len(kept) - 200))]
    return kept.rstrip() + tail
