"""What the Graph API's error codes mean for a letter, as a table: (code, subcode) first, then the code alone.

The words: `again` nothing went, try again; `pause` the same, and the account's other letters wait too; `down` nobody of
this account can send until an operator did something, then again; `closed` this way is shut for this letter; `gone`
nobody lives at the address any more; `failed` the request itself was wrong. A code not known here is `failed`, with the
code as reason. Sources: the provider's pages on errors of the Graph API, the Cloud API and the Send API (2026).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tanggap.channels.base import SendResult


class Meaning(NamedTuple):
    word: str
    after: float | None = None


AGAIN, DOWN, CLOSED, GONE, FAILED = map(Meaning, ("again", "down", "closed", "gone", "failed"))

MEANINGS: dict[tuple[int, int], Meaning] = {
    # window of a page's private messages over, and nothing allows this one outside it
    (10, 2018278): CLOSED,
    (10, 2018065): CLOSED,
    (10, 2018108): CLOSED,
    (10, 2534022): CLOSED,
    (10, 2534023): CLOSED,
    (100, 2018001): GONE,  # no such person for this page
    (100, 2018144): CLOSED,
    (100, 33): DOWN,  # the object in the address is not there for this token: a wrong id in our settings
    (551, 1545041): GONE,
    (200, 1545041): GONE,  # the person can't be written to: they closed the account or block the page
    (200, 2018028): CLOSED,
    (200, 2018027): CLOSED,
}
CODES: dict[int, Meaning] = {
    # the whole application, page or number is asked too often
    4: Meaning("pause", 60.0),
    17: Meaning("pause", 60.0),
    32: Meaning("pause", 60.0),
    613: Meaning("pause", 60.0),
    80002: Meaning("pause", 60.0),
    80006: Meaning("pause", 60.0),
    80007: Meaning("pause", 60.0),
    130429: Meaning("pause", 5.0),
    131048: Meaning("pause", 3600.0),  # too much of it was called spam
    131057: Meaning("pause", 300.0),  # the account is being moved or upgraded
    131056: Meaning("again", 7.0),  # to this one person: one message each 6 seconds
    # it stumbled, nothing went
    1: AGAIN,
    2: AGAIN,
    1200: AGAIN,
    131000: AGAIN,
    131016: Meaning("pause", 30.0),
    # token, rights, account
    0: DOWN,
    3: DOWN,
    10: DOWN,
    102: DOWN,
    190: DOWN,
    368: DOWN,
    463: DOWN,
    467: DOWN,
    131005: DOWN,
    131031: DOWN,
    131037: DOWN,
    131042: DOWN,
    131045: DOWN,
    133010: DOWN,
    # this way is shut for this letter
    131047: CLOSED,  # more than 24 hours since they wrote
    131026: CLOSED,  # undeliverable: no WhatsApp there, terms not accepted, too old an app
    131030: CLOSED,
    131049: CLOSED,
    131050: CLOSED,
    131062: CLOSED,
    131021: CLOSED,
    130472: CLOSED,
    130497: CLOSED,
    132000: CLOSED,  # from here: the template is missing, paused, off, or does not fit
    132001: CLOSED,
    132005: CLOSED,
    132007: CLOSED,
    132008: CLOSED,
    132012: CLOSED,
    132015: CLOSED,
    132016: CLOSED,
    10900: CLOSED,  # a comment gets one private reply, and had it
    10903: CLOSED,
    551: CLOSED,  # the person is not available right now
}
RIGHTS = range(200, 300)
TIMED_OUT = 504  # of somebody in between: the letter may have gone
SERVER_AWAY = 500


@dataclass(eq=False)
class Wrong(Exception):
    """The Graph API said no. `code` 0 with `known` False: it said so without an error of its own shape."""

    status: int
    code: int = 0
    subcode: int = 0
    message: str = ""
    known: bool = False
    after: float | None = None

    def __str__(self) -> str:
        return reason(self)


def meaning(code: int, subcode: int = 0) -> Meaning:
    """What an error code says.

    >>> meaning(131047).word, meaning(10, 2018278).word, meaning(10).word, meaning(7777).word
    ('closed', 'closed', 'down', 'failed')
    """
    found = MEANINGS.get((code, subcode)) or CODES.get(code)
    return found or (DOWN if code in RIGHTS else FAILED)


def result(wrong: Wrong) -> SendResult:
    """A letter's state after this answer."""
    if not wrong.known:
        return without_code(wrong)
    word, after = meaning(wrong.code, wrong.subcode)
    after = wrong.after if wrong.after is not None else after
    return SendResult(
        "failed",
        reason(wrong),
        again=word in ("again", "pause", "down"),
        after=after if word in ("again", "pause") else None,
        closed=word == "closed",
        gone=word == "gone",
        down=word in ("pause", "down"),
    )


def without_code(wrong: Wrong) -> SendResult:
    """An answer that is not the Graph API's own: of a gateway, a limiter, a proxy."""
    if wrong.status == TIMED_OUT or wrong.status < 400:
        return SendResult("unknown", reason(wrong))
    if wrong.status == 429 or wrong.status >= SERVER_AWAY:
        return SendResult("failed", reason(wrong), again=True, after=wrong.after, down=True)
    return SendResult("failed", reason(wrong))


def reason(wrong: Wrong) -> str:
    """A short code for the ledger of letters: never the provider's sentence, which may name the person."""
    if not wrong.known:
        return f"http_{wrong.status}"
    return f"graph_{wrong.code}" + (f"_{wrong.subcode}" if wrong.subcode else "")


def patience(headers: Mapping[str, str]) -> float | None:
    """Seconds the provider asks us to wait: Retry-After, or the minutes in its own header of usage."""
    try:
        return max(0.0, min(float(headers.get("retry-after", "")), 86_400.0))
    except ValueError:
        pass
    try:
        usage = json.loads(headers.get("x-business-use-case-usage", ""))
        minutes = [row["estimated_time_to_regain_access"] for listed in usage.values() for row in listed]
        longest = max(float(one) for one in minutes)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return None
    return min(longest * 60.0, 86_400.0) or None
