"""A letter to somebody who wrote to a page or an Instagram account: which way is open is decided at this moment.

Private words get a private message: free within 24 hours, by a person (never the machine) within 7 days. An open word
gets one private reply within 7 days; where even that is impossible, and the operator wants it, one public sentence that
names nobody and nothing - the letter itself then still has to find another way, and is told as `closed`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tanggap.channels.base import Account, Outgoing, SendResult, Trouble, once
from tanggap.channels.meta import graph, read
from tanggap.channels.meta.outcome import Wrong
from tanggap.lib import outside

A_MINUTE = timedelta(minutes=1)  # for the way there
WINDOW = timedelta(hours=24) - A_MINUTE
BY_A_PERSON = timedelta(days=7) - A_MINUTE
OPEN_WORD = timedelta(days=7) - A_MINUTE
OPEN_ID = re.compile(r"[0-9]+(_[0-9]+)?")  # comments and posts have numbers, private messages something else
NOBODYS_ID = re.compile(r"[a-z0-9_-]+:.*", re.S)  # with a word before a colon: made by us, theirs have none
UNSIGNED = re.compile(r"(comment|post):([0-9_]+)")  # whose author the provider did not name
NO_RIGHT_TO_TAG = {"graph_10", "graph_200", "graph_100"}


@dataclass(frozen=True)
class Edges:
    """Where one kind of account is written to. `size` measures a text as its limit `most` counts."""

    messages: str
    replies: str  # of a comment: {} is its id
    most: int
    size: Callable[[str], int]
    own: frozenset[str]
    typed: bool  # the kind of a message (RESPONSE, with a tag) is told
    metadata: bool  # something of ours comes back in the echo


Way = Callable[[Account, Outgoing, Edges], SendResult]


def send(account: Account, letter: Outgoing, edges: Edges) -> SendResult:
    """By the first way that is not shut; never raises."""
    answer = SendResult("failed", "no_address", gone=True)
    for way in ways(account, letter):
        answer = way(account, letter, edges)
        if not answer.closed:
            return answer
    return answer


def ways(account: Account, letter: Outgoing) -> Iterator[Way]:
    unsigned = UNSIGNED.fullmatch(letter.to)
    age = (account.now or datetime.now(UTC)) - letter.heard_at if letter.heard_at else None
    thread = [one for one in letter.thread if not NOBODYS_ID.fullmatch(one)]
    if unsigned or (OPEN_ID.fullmatch(thread[0]) if thread else letter.open_talk):
        word = unsigned[2] if unsigned else next((one for one in thread if OPEN_ID.fullmatch(one)), "")
        yield from open_ways(account, letter, word, age)
        return
    if not letter.to:
        return
    yield private_way(account, letter, age)


def private_way(account: Account, letter: Outgoing, age: timedelta | None) -> Way:
    if age is not None and age < WINDOW:
        return private
    if age is not None and age < BY_A_PERSON and not letter.automatic and account["human_agent"] == "yes":
        return by_a_person
    return shut("window_over")


def open_ways(account: Account, letter: Outgoing, word: str, age: timedelta | None) -> Iterator[Way]:
    if word and (age is None or age < OPEN_WORD):
        yield lambda account, letter, edges: private_reply(account, letter, edges, word)
    else:
        yield shut("window_over")
    if letter.to and not UNSIGNED.fullmatch(letter.to) and age is not None and age < WINDOW:
        yield perhaps_private
    if word and account["public_replies"] == "yes":
        yield lambda account, letter, edges: publicly(account, letter, edges, word)


def shut(why: str) -> Way:
    return lambda account, letter, edges: SendResult("failed", why, closed=True)


# ---- the ways ----


def private(account: Account, letter: Outgoing, edges: Edges) -> SendResult:
    kind = {"messaging_type": "RESPONSE"} if edges.typed else {}
    return post(account, letter, edges, {"recipient": {"id": letter.to}, **kind})


def perhaps_private(account: Account, letter: Outgoing, edges: Edges) -> SendResult:
    """The one reply is used up; they may have written privately since. That they are not known there says nothing."""
    answer = private(account, letter, edges)
    return replace(answer, gone=False, closed=True) if answer.gone else answer


def by_a_person(account: Account, letter: Outgoing, edges: Edges) -> SendResult:
    kind = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    answer = post(account, letter, edges, {"recipient": {"id": letter.to}, **kind})
    if answer.reason in NO_RIGHT_TO_TAG:
        return SendResult("failed", f"human_agent_{answer.reason}", closed=True)  # the account itself is well
    return answer


def private_reply(account: Account, letter: Outgoing, edges: Edges, word: str) -> SendResult:
    """A comment's id is the receiver; a visitor's post is named as post."""
    unsigned = UNSIGNED.fullmatch(letter.to)
    is_post = unsigned[1] == "post" if unsigned else word.partition("_")[0] in edges.own
    return post(account, letter, edges, {"recipient": {"post_id" if is_post else "comment_id": word}})


def post(account: Account, letter: Outgoing, edges: Edges, envelope: Mapping[str, Any]) -> SendResult:
    message: dict[str, Any] = {"text": graph.fitted(letter.text, letter.link, edges.most, edges.size)}
    if edges.metadata and letter.letter:
        message["metadata"] = graph.ours(letter.letter)
    return graph.send(account, edges.messages, {**envelope, "message": message}, message_id)


def publicly(account: Account, letter: Outgoing, edges: Edges, word: str) -> SendResult:
    """One sentence, once: what we said there before is looked at first, as nobody else remembers it."""
    path = edges.replies.format(word)
    try:
        said = graph.call(account, "GET", path, {"fields": "id,from", "limit": "100"})
    except (Wrong, outside.NoAnswer, Trouble):
        return SendResult("failed", "no_private_way", closed=True)
    if any(read.text(read.part(one, "from"), "id") in edges.own for one in read.rows(said, "data")):
        return SendResult("failed", "no_private_way", closed=True)
    answer = graph.send(account, path, {"message": account["public_words"]}, plain_id)
    if answer.state == "sent":
        return SendResult("failed", "public_reply_only", external_id=answer.external_id, closed=True)
    return replace(answer, state="failed", closed=True, again=False, gone=False)


def message_id(said: Mapping[str, Any]) -> str:
    return once(read.text(said, "message_id", 1000))


def plain_id(said: Mapping[str, Any]) -> str:
    return once(read.text(said, "id"))
