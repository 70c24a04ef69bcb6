"""The talk with the X API: one call, signed with OAuth 1.0a (RFC 5849), and its answer, or what went wrong.

That older signing is chosen because its tokens do not run out: the newer one's must be renewed every two hours and
kept, and a channel keeps no secrets.
"""

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from tanggap.channels.base import Account, Trouble
from tanggap.lib import loosely, outside

ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+")
KEY = re.compile(r"[!-~]{1,500}")
LONGEST_WAIT = 86_400.0
SIGNED_WITH = ("consumer_key", "consumer_secret", "access_token", "access_secret")


class Wrong(Exception):
    """X answered with an error. The text is a code for a ledger, never the provider's sentence; `words` are those of
    the answer, in small letters, to be compared; `after` is how many seconds it asks us to wait."""

    def __init__(self, status: int, words: str = "", after: float | None = None):
        super().__init__(f"x_{status}")
        self.status, self.words, self.after = status, words.lower(), after


def call(
    account: Account, method: str, path: str, query: Mapping[str, str] | None = None, json: Any = None
) -> Mapping[str, Any]:
    """Raises Wrong, outside.NoAnswer, or Trouble for settings nobody can call with."""
    url = f"{base(account)}{path}"
    headers = {"Authorization": authorization(account, method, url, query or {})}
    asked = f"{url}?{urlencode(query, quote_via=quote)}" if query else url
    reply = outside.ask(method, asked, headers=headers, json=json, seconds=seconds(account), limit=5_000_000)
    try:
        said = reply.json()
    except ValueError:
        said = None
    if 200 <= reply.status < 300 and isinstance(said, Mapping) and ("data" in said or "meta" in said):
        return said
    raise Wrong(reply.status, words(said), patience(reply, account))


def words(said: Any) -> str:
    """All that an error says, whichever of its two shapes it has."""
    rows = [loosely.part({"it": said}, "it"), *loosely.rows(said, "errors")]
    return " ".join(
        loosely.text(row, name) for row in rows for name in ("title", "detail", "message", "type")
    )


def patience(reply: outside.Reply, account: Account) -> float | None:
    """Seconds until the moment X names, or as it says."""
    now = (account.now or datetime.now(UTC)).timestamp()
    for name, since in (("x-rate-limit-reset", now), ("retry-after", 0.0)):
        try:
            return max(1.0, min(float(reply.headers[name]) - since, LONGEST_WAIT))
        except (KeyError, ValueError):
            continue
    return None


def base(account: Account) -> str:
    found = account["base_url"].rstrip("/")
    if not ADDRESS.fullmatch(found):
        raise Trouble("The setting base_url is not a web address.")
    return found


def own(account: Account) -> str:
    """Our own number there."""
    if not re.fullmatch(r"[0-9]{1,20}", account["user_id"]):
        raise Trouble("The setting user_id is not the account's number.")
    return account["user_id"]


def seconds(account: Account) -> float:
    return number(account["seconds"], outside.SECONDS, 0.2, 60.0)


def number(told: str, spare: float, least: float, most: float) -> float:
    try:
        found = float(told)
    except ValueError:
        return spare
    return max(least, min(found, most)) if found == found else spare


# ---- signing ----


def authorization(account: Account, method: str, url: str, query: Mapping[str, str]) -> str:
    keys = {name: next(iter(loosely.values(account[name])), "") for name in SIGNED_WITH}
    for name, value in keys.items():
        if not KEY.fullmatch(value):
            raise Trouble(f"The setting {name} is empty or holds signs that no key has.")
    told = {
        "oauth_consumer_key": keys["consumer_key"],
        "oauth_nonce": secrets.token_hex(16),
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(int(time.time())),
        "oauth_token": keys["access_token"],
        "oauth_version": "1.0",
    }
    told["oauth_signature"] = signature(
        method, url, {**query, **told}, keys["consumer_secret"], keys["access_secret"]
    )
    return "OAuth " + ", ".join(f'{plain(name)}="{plain(value)}"' for name, value in sorted(told.items()))


def signature(
    method: str, url: str, told: Mapping[str, str], consumer_secret: str, access_secret: str
) -> str:
    """RFC 5849, 3.4.2: HMAC-SHA1 over method, address and sorted parameters.

    >>> told = {"file": "vacation.jpg", "size": "original", "oauth_consumer_key": "dpf43f3p2l4k3l03",
    ...         "oauth_token": "nnch734d00sl2jdk", "oauth_signature_method": "HMAC-SHA1",
    ...         "oauth_timestamp": "1191242096", "oauth_nonce": "kllo9940pd9333jh", "oauth_version": "1.0"}
    >>> signature("GET", "http://photos.example.net/photos", told, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00")
    'tR3+Ty81lMeYAr/Fid0kMTYa/WM='
    """
    pairs = "&".join(
        f"{name}={value}" for name, value in sorted((plain(k), plain(v)) for k, v in told.items())
    )
    text = "&".join((method.upper(), plain(url), plain(pairs)))
    key = f"{plain(consumer_secret)}&{plain(access_secret)}"
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()).decode()


def plain(value: str) -> str:
    return quote(value, safe="~")


# ---- what a failure means for the account ----

SENTENCES = (
    (401, "X does not accept the keys of this account: one of the four is wrong or was taken back."),
    (402, "X has no credit left for this app: buy some, then it goes on by itself."),
    (
        403,
        "X does not allow this app what we ask: look at its permissions (read, write and direct messages).",
    ),
    (404, "X does not know the account of user_id, or base_url is no X API."),
    (429, "X asks us to wait: too many calls."),
)


def trouble(account: Account, wrong: Wrong | outside.NoAnswer) -> Trouble:
    if isinstance(wrong, outside.NoAnswer):
        return Trouble(f"{base(account)} gives no whole answer ({wrong}).")
    told = next((sentence for status, sentence in SENTENCES if status == wrong.status), "")
    return Trouble(told or f"X answers with an error of its own ({wrong}): it will be tried again.")
