"""What a mail means for us: a plain `Mail` to what was `Heard`. Pure; cheap; holds the account's secrets."""

import re
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from tanggap.channels.base import (
    Account,
    Command,
    Contact,
    Heard,
    Ignored,
    Submission,
    Unreadable,
    once,
)  # fmt: skip
from tanggap.channels.commands import command

from . import address, origin
from .bounce import heard_of
from .read import Mail, digest_of, read

MOST_REPLIES = 20
MOST_OF_A_NAME = 200
_ID = re.compile(r"<([!-;=?-~]{3,998})>")
_NUMBER = re.compile(r"(?<![A-Za-z0-9-])([A-Z]{1,6}(?:\d{10,14}|-[0-9A-F]{10}))(?![A-Za-z0-9])")
_PREFIX = re.compile(r"^(?:\s*(?:re|bls|balas|fwd?|trs|aw)\s*(?:\[\d+\])?:)+\s*", re.I)


def parse(account: Account, raw: bytes, at: datetime) -> list[Heard]:
    """Bytes to what was heard, in this very process; `mailbox.py` reads in a child (child.py) and calls `heard`."""
    return heard(account, read(raw), raw, at)


def heard(account: Account, mail: Mail, raw: bytes, at: datetime) -> list[Heard]:
    """Exactly one thing for one mail. `at`: when our mail server took it; a Date line can say anything."""
    external_id = once("mail", digest_of(raw))
    who = origin.sender(mail)
    if report := heard_of(account, mail, external_id, at, raw):
        return [report]
    if why := origin.why_ignored(account, mail, who):
        return [Ignored(account.code, external_id, why, at, raw)]
    proven = bool(who) and origin.is_proven(account, mail, who)
    sender = Contact("email", who, proven) if who else None
    if why := why_unreadable(mail, who):
        return [Unreadable(account.code, external_id, why, at, raw, sender)]
    assert sender is not None
    if found := command_of(mail):
        verb, argument = found
        tagged, _ = token_of(account, mail)
        return [Command(account.code, external_id, sender, verb, at, argument or tagged, raw)]
    return [submission(account, mail, raw, at, sender, external_id)]


def why_unreadable(mail: Mail, who: str) -> str:
    """A code where a person must look at the mail itself."""
    if mail.unreadable:
        return mail.unreadable
    if not who:
        return "sender_unclear"
    if "ignored_incomplete" in mail.notes:
        return "incomplete"
    return "list" if mail.first("list-id") or mail.first("list-unsubscribe") else ""


def submission(
    account: Account, mail: Mail, raw: bytes, at: datetime, sender: Contact, external_id: str
) -> Submission:
    token, refused = token_of(account, mail)
    replies = answered(mail)
    words = mail.words
    notes = [*mail.notes, *(["token_refused"] if refused else [])]
    subject = _PREFIX.sub("", mail.first("subject")).strip()
    if not token and not replies and subject and not words.lower().startswith(subject.lower()):
        words = f"{subject}\n\n{words}".strip()
    if not words:
        notes.append("no_text")
    number = _NUMBER.search(mail.first("subject"))
    return Submission(
        uuid=uuid5(NAMESPACE_URL, f"{account.code}\n{external_id}"), channel=account.code, account=account.code,
        external_id=external_id, body=raw, words=words, at=at, name=origin.display_name(mail), sender=sender,
        token=token, replies_to=replies, number=number[1] if number else "", thread=own_id(mail),
        files=tuple(mail.files), notes=tuple(notes), language=language(mail),
    )  # fmt: skip


def token_of(account: Account, mail: Mail) -> tuple[str, bool]:
    """The report named by the address it was sent to; and whether one was tried that we never gave out."""
    tags = address.tags(account, origin.recipients(mail))
    for tag in tags:
        if token := address.read(account, address.REPLY, tag):
            return token, False
    return "", any(not address.read(account, address.BOUNCE, tag) for tag in tags)


def answered(mail: Mail) -> tuple[str, ...]:
    """Ids of what this answers, the nearest first."""
    near = _ID.findall(mail.first("in-reply-to"))
    far = _ID.findall(mail.first("references"))
    found = dict.fromkeys(one for one in [*near, *reversed(far)] if len(one) <= MOST_OF_A_NAME)
    return tuple(list(found)[:MOST_REPLIES])


def own_id(mail: Mail) -> str:
    """Its Message-ID: what later mails will call it. Proves nothing, and is no key."""
    found = _ID.search(mail.first("message-id"))
    return found[1] if found and len(found[1]) <= MOST_OF_A_NAME else ""


def command_of(mail: Mail) -> tuple[str, str] | None:
    """A single word to the machine, alone in the mail or in the subject of an empty one."""
    subject = _PREFIX.sub("", mail.first("subject")).strip()
    if mail.files or (mail.words and subject and not answered(mail) and not command(subject)):
        return None  # a subject is said as well
    return command(mail.words or subject)


def language(mail: Mail) -> str:
    return "en" if mail.first("content-language").lower().startswith("en") else "id"
