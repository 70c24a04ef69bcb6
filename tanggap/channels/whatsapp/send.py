"""A letter to WhatsApp: free words within 24 hours after the citizen wrote, an approved template outside, else shut.

Which of the two is decided here, at the moment of sending. Our letter's id goes along and comes back with each state.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tanggap.channels.base import Account, Outgoing, SendResult, once
from tanggap.channels.meta import graph, read
from tanggap.channels.whatsapp import templates

WINDOW = timedelta(hours=24) - timedelta(minutes=1)  # the minute is for the way there
MOST_SIGNS = 4096
PHONE = re.compile(r"\+?([0-9]{5,15})")
USER = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,160}")
LATE = "graph_131047"


def send(account: Account, letter: Outgoing) -> SendResult:
    to = receiver(letter.to)
    if to is None:
        return SendResult("failed", "no_address", gone=True)
    if open_window(account, letter):
        answer = graph.send(account, path(account), {**envelope(letter, to), **free(letter)}, first_id)
        if answer.reason != LATE:
            return answer
        # the provider counts otherwise than we do: nothing went, so the other way is still open
    return by_template(account, letter, to)


def by_template(account: Account, letter: Outgoing, to: Mapping[str, str]) -> SendResult:
    try:
        template = templates.for_letter(account, letter)
    except templates.BadTemplates:
        return SendResult("failed", "templates_unreadable", closed=True)
    if template is None:
        return SendResult("failed", "window_over", closed=True)
    said = {"type": "template", "template": template.body(letter)}
    return graph.send(account, path(account), {**envelope(letter, to), **said}, first_id)


def open_window(account: Account, letter: Outgoing) -> bool:
    now = account.now or datetime.now(UTC)
    return letter.heard_at is not None and now - letter.heard_at < WINDOW


def receiver(address: str) -> dict[str, str] | None:
    """A number goes in one field, the provider's id of a person in another."""
    number = PHONE.fullmatch(address)
    if number:
        return {"to": number[1]}
    return {"recipient": address} if USER.fullmatch(address) else None


def envelope(letter: Outgoing, to: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"messaging_product": "whatsapp", "recipient_type": "individual", **to}
    if letter.letter:
        found["biz_opaque_callback_data"] = graph.ours(letter.letter)
    return found


def free(letter: Outgoing) -> dict[str, Any]:
    """Plain text, below the citizen's own message."""
    text = graph.fitted(letter.text, letter.link, MOST_SIGNS)
    found: dict[str, Any] = {"type": "text", "text": {"preview_url": False, "body": text}}
    below = next((one for one in letter.thread if one.startswith("wamid.")), "")
    if below:
        found["context"] = {"message_id": below}
    return found


def path(account: Account) -> str:
    return f"{account['phone_number_id']}/messages"


def first_id(said: Mapping[str, Any]) -> str:
    return next((once(read.text(one, "id", 1000)) for one in read.rows(said, "messages")), "")
