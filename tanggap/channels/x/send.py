"""Send a letter on X, never raising: by direct message to whom it concerns; where the words were said in the open and
no direct message goes through, the first letter is a public answer below them, in words that name nobody.

X lets an app of the plain kind answer a post only where its author called on the account; it says no itself, and then
this way is closed for the letter. Nothing of ours can be sent along: what may have gone is `unknown`.
"""

from collections.abc import Callable
from typing import Any

from tanggap.channels.base import Account, Outgoing, SendResult, Trouble
from tanggap.channels.x import api, spend
from tanggap.lib import loosely, outside

MOST_SIGNS = 10_000  # of a direct message
MOST_OF_A_POST = 280
FIRST_LETTERS = ("", "received")  # the public sentence says that it was received, so it goes with no other

AWAY, DOWN, CLOSED, GONE = "away", "down", "closed", "gone"
# status, words of the answer, what it means for the letter, our code for it; the first that fits
MEANINGS = (
    (401, "", DOWN, "unauthorized"),
    (402, "", DOWN, "no_credit"),
    (429, "", AWAY, "too_many"),
    (403, "suspended", DOWN, "suspended"),
    (403, "locked", DOWN, "suspended"),
    (403, "client-forbidden", DOWN, "no_right"),
    (403, "duplicate", CLOSED, "said_already"),
    (403, "", CLOSED, "not_allowed"),  # no direct messages from us, or nobody called on us: X's words change
    (400, "deleted", CLOSED, "post_gone"),
    (400, "not visible", CLOSED, "post_gone"),
    (404, "", GONE, "nobody"),
    (500, "", AWAY, "server"),
    (503, "", AWAY, "server"),
)


def send(account: Account, letter: Outgoing) -> SendResult:
    if not (letter.to.isascii() and letter.to.isdigit() and len(letter.to) <= 20):
        return SendResult("failed", "no_user_id")
    purse = spend.purse(account)
    if purse.is_empty:
        wait = min(purse.until_tomorrow(), api.LONGEST_WAIT)
        return SendResult("failed", "spend_limit", again=True, after=wait, down=True)
    private = direct(account, letter)
    below = post_of(letter)
    if private.closed and letter.open_talk and below and letter.code in FIRST_LETTERS:
        return public(account, letter, below)
    return private


def direct(account: Account, letter: Outgoing) -> SendResult:
    text = loosely.plain(letter.text).strip()
    if not text:
        return SendResult("failed", "no_words")
    path = f"/2/dm_conversations/with/{letter.to}/messages"
    said = {"text": text if len(text) <= MOST_SIGNS else text[: MOST_SIGNS - 1] + "…"}
    return done(account, path, said, lambda data: named("dm", loosely.text(data, "dm_event_id", 30)))


def public(account: Account, letter: Outgoing, below: str) -> SendResult:
    text = " ".join(account["public_words"].replace("{number}", letter.number or letter.reference).split())
    said = {"text": text[:MOST_OF_A_POST], "reply": {"in_reply_to_tweet_id": below}}
    result = done(account, "/2/tweets", said, lambda data: named("post", loosely.text(data, "id", 30)))
    # the person is not gone because the post is
    return SendResult("failed", result.reason, closed=True) if result.gone else result


def post_of(letter: Outgoing) -> str:
    """The newest of the citizen's own posts."""
    posts = [name.partition(":")[2] for name in letter.thread if name.startswith("post:")]
    return next((one for one in posts if one.isascii() and one.isdigit()), "")


def named(kind: str, number: str) -> str:
    return f"{kind}:{number}" if number else ""


def done(account: Account, path: str, said: Any, name: Callable[[Any], str]) -> SendResult:
    try:
        found = name(api.call(account, "POST", path, json=said).get("data"))
    except Trouble as trouble:
        return SendResult("failed", str(trouble), again=True, down=True)
    except api.Wrong as wrong:
        return meaning(wrong)
    except outside.NoAnswer as silence:
        if silence.sent:
            return SendResult("unknown", f"no_answer_{silence}")
        return SendResult("failed", f"no_answer_{silence}", again=True, down=True)
    return SendResult("sent", external_id=found) if found else SendResult("unknown", "no_id")


def meaning(wrong: api.Wrong) -> SendResult:
    """The letter's state after this answer; a status that is not known here is a failure with it as the reason."""
    if wrong.status < 400 or wrong.status in (502, 504):  # of a gateway: whether it went on, nobody knows
        return SendResult("unknown", str(wrong))
    for status, words, word, told in MEANINGS:
        if wrong.status == status and words in wrong.words:
            return SendResult(
                "failed",
                f"{wrong}_{told}",
                again=word in (AWAY, DOWN),
                after=wrong.after if word == AWAY else None,
                closed=word == CLOSED,
                gone=word == GONE,
                down=word in (AWAY, DOWN),
            )
    return SendResult("failed", str(wrong))
