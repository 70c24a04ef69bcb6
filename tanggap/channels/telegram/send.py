"""Send a letter into the chat where the citizen wrote, below their own words. Never raises.

The Bot API has no place for an id of ours: what may have gone is `unknown` and never sent again by itself. A letter of
several parts of which some went is `unknown` too.
"""

import re
import time

from tanggap.channels.base import Account, Outgoing, SendResult, Trouble
from tanggap.channels.telegram import api
from tanggap.lib import loosely, outside

MOST_SIGNS = 4096  # of a message, counted as Telegram does: signs beyond the first plane are two
SHORT_PAUSE = 5.0  # between the parts of one letter we wait ourselves, so long
SENTENCE = re.compile(r"(?<=[.!?…])\s+")

AGAIN, AWAY, DOWN, CLOSED, GONE, FAILED = "again", "away", "down", "closed", "gone", "failed"
# code, words in Telegram's sentence, what it means for the letter, our code for it; the first that fits
MEANINGS = (
    (401, "", DOWN, "unauthorized"),
    (404, "", DOWN, "unauthorized"),
    (429, "", AGAIN, "too_many"),
    (403, "can't initiate conversation", CLOSED, "never_wrote"),
    (403, "to bots", GONE, "bot"),
    (403, "deactivated", GONE, "deactivated"),
    (403, "", GONE, "blocked"),
    (400, "chat not found", GONE, "chat_not_found"),
    (400, "user not found", GONE, "chat_not_found"),
    (400, "peer_id_invalid", GONE, "chat_not_found"),
    (400, "deactivated", GONE, "deactivated"),
    (400, "not enough rights", CLOSED, "no_rights"),
    (400, "have no rights", CLOSED, "no_rights"),
    (400, "chat_write_forbidden", CLOSED, "no_rights"),
    (500, "", AWAY, "server"),
    (502, "", AWAY, "server"),
    (503, "", AWAY, "server"),
    (504, "", AWAY, "server"),
)


def send(account: Account, letter: Outgoing) -> SendResult:
    chat = loosely.whole({"to": letter.to}, "to")
    texts = parts(loosely.plain(letter.text).strip())
    if chat is None or not texts:
        return SendResult("failed", "no_chat_id" if chat is None else "no_words")
    below = answered(letter, chat)
    sent = ""
    for text in texts:
        result = one(account, chat, text, below)
        if result.again and sent and result.after is not None and result.after <= SHORT_PAUSE:
            time.sleep(result.after)
            result = one(account, chat, text, below)
        if result.state != "sent":
            return SendResult("unknown", f"in_part_{result.reason}", external_id=sent) if sent else result
        sent, below = result.external_id, None
    return SendResult("sent", external_id=sent)


def one(account: Account, chat: int, text: str, below: int | None) -> SendResult:
    said = {"chat_id": chat, "text": text, "link_preview_options": {"is_disabled": True}}
    if below is not None:
        said["reply_parameters"] = {"message_id": below, "allow_sending_without_reply": True}
    try:
        found = api.call(account, "sendMessage", said)
    except Trouble as trouble:
        return SendResult("failed", str(trouble), again=True, down=True)
    except api.Wrong as wrong:
        return meaning(wrong)
    except outside.NoAnswer as silence:
        if silence.sent:
            return SendResult("unknown", f"no_answer_{silence}")
        return SendResult("failed", f"no_answer_{silence}", again=True, down=True)
    number = loosely.whole(found, "message_id")
    return SendResult("sent", external_id=f"{chat}:{number}") if number else SendResult("unknown", "no_id")


def meaning(wrong: api.Wrong) -> SendResult:
    """The letter's state after this answer; a code that is not known here is a failure with the code as its reason."""
    if not wrong.known:  # of a gateway or another program: whether the message went before it, nobody knows
        silent = wrong.code < 400 or wrong.code in (502, 504)
        if silent:
            return SendResult("unknown", str(wrong))
        away = wrong.code == 429 or wrong.code >= 500
        return SendResult("failed", str(wrong), again=away, down=away)
    for code, words, word, told in MEANINGS:
        if wrong.code == code and words in wrong.description:
            return SendResult(
                "failed",
                f"{wrong}_{told}",
                again=word in (AGAIN, AWAY, DOWN),
                after=wrong.after if word in (AGAIN, AWAY) else None,
                closed=word == CLOSED,
                gone=word == GONE,
                down=word in (AWAY, DOWN),
            )
    return SendResult("failed", str(wrong))


def answered(letter: Outgoing, chat: int) -> int | None:
    """The message of this chat to hang the letter below: the newest of the citizen's own."""
    for name in letter.thread:
        place, _, number = name.partition(":")
        if place == str(chat) and number.isascii() and number.isdigit():
            return int(number)
    return None


def length(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def parts(text: str, most: int = MOST_SIGNS) -> list[str]:
    """The text in pieces that fit, cut at the end of a paragraph or a sentence, else between words, else anywhere.

    >>> parts("Satu dua. Tiga empat. Lima.", 12)
    ['Satu dua.', 'Tiga empat.', 'Lima.']
    >>> parts("abcdefgh", 3), parts("", 3)
    (['abc', 'def', 'gh'], [])
    """
    found: list[str] = []
    while text:
        if length(text) <= most:
            return [*found, text]
        end = cut(text, most)
        found.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return found


def cut(text: str, most: int) -> int:
    room = text[:most]
    while length(room) > most:
        room = room[: len(room) - max(1, (length(room) - most) // 2)]
    least = len(room) // 3  # a first piece of two words looks broken
    after = text[: len(room) + 1]
    ends = [match.start() for match in SENTENCE.finditer(after)]
    for place in (after.rfind("\n\n"), max(ends, default=-1), after.rfind("\n"), after.rfind(" ")):
        if place > least:
            return place
    return len(room)
