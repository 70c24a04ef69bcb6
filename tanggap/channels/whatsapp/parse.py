"""A post of the Cloud API into what was heard: entries x changes x (messages, statuses, errors), each by itself.

Shapes follow the provider's reference of webhooks (2026). What is of a type not known here is kept as `Unreadable`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tanggap.channels.base import (
    Account,
    Command,
    Contact,
    Delivery,
    Edit,
    Heard,
    Ignored,
    Moved,
    Submission,
    Unreadable,
    Withdrawal,
    once,
)
from tanggap.channels.commands import command
from tanggap.channels.meta import graph, outcome, read
from tanggap.channels.meta.read import Piece, Reader
from tanggap.channels.whatsapp.content import TYPES

OBJECT = "whatsapp_business_account"
STATES = {"sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed"}
NO_WORDS_FOR_US = {"reaction"}  # a sign on our own message: kept, never a report
NUMBER_CHANGED = {"user_changed_number", "customer_changed_number", "user_changed_user_id"}


def parse(account: Account, body: bytes) -> list[Heard]:
    return read.post(account, body, OBJECT, pieces)


def pieces(entry: Mapping[str, Any]) -> Iterator[tuple[Reader, Mapping[str, Any], Mapping[str, str]]]:
    for change in read.rows(entry, "changes"):
        value = read.part(change, "value")
        if read.text(change, "field") != "messages" or not value:
            yield other, {"change": change}, {}
            continue
        number = read.text(read.part(value, "metadata"), "phone_number_id")
        for said in read.rows(value, "messages"):
            who = contact_of(said, read.rows(value, "contacts"))
            name = read.text(read.part(who, "profile"), "name")
            ids = {key: who[key] for key in ("user_id", "wa_id") if key in who}
            # the profile's name may change until the same message comes again; its ids do not
            yield message, {"phone_number_id": number, "contact": ids, "message": said}, {"name": name}
        for status in read.rows(value, "statuses"):
            yield delivery, {"phone_number_id": number, "status": status}, {}
        for error in read.rows(value, "errors"):
            yield trouble, {"phone_number_id": number, "error": error}, {}
        if not any(read.rows(value, key) for key in ("messages", "statuses", "errors")):
            yield other, {"change": change}, {}


def contact_of(said: Mapping[str, Any], contacts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The contact of this message. A number may be written in another way in the two places; an id may not."""
    user, number = read.text(said, "from_user_id"), read.text(said, "from")
    for one in contacts:
        if (user and read.text(one, "user_id") == user) or (number and read.text(one, "wa_id") == number):
            return one
    alone = contacts[0] if len(contacts) == 1 else {}
    known = read.text(alone, "user_id")
    return {} if user and known and known != user else alone


# ---- messages ----


def message(piece: Piece) -> Sequence[Heard]:
    said = read.part(piece.json, "message")
    wamid = once(read.text(said, "id", 1000))
    at = read.moment(said.get("timestamp"), piece.spare)
    kind = read.text(said, "type")
    if not wamid:
        return [read.unreadable(piece.account, piece.body, "no_id", at)]
    if piece.json["phone_number_id"] not in ("", piece.account["phone_number_id"]):
        return [kept(piece, wamid, "other_number", None)]
    if kind == "system":
        return system(piece, wamid)
    who = sender(piece)
    if who is None:
        return [kept(piece, wamid, "no_sender", None)]
    if kind in NO_WORDS_FOR_US:
        return piece.ignored(wamid, kind, at)
    if kind in CHANGES:
        return CHANGES[kind](piece, wamid, who)
    found = TYPES[kind](read.part(said, kind) or said.get(kind)) if kind in TYPES else None
    if found is None:
        return [kept(piece, wamid, kind or "unknown", who)]
    return [words(piece, wamid, who, found)]


def words(piece: Piece, wamid: str, who: Contact, found: dict[str, Any]) -> Heard:
    said = read.part(piece.json, "message")
    at = read.moment(said.get("timestamp"), piece.spare)
    asked = command(found["words"]) if read.text(said, "type") == "text" else None
    if asked:
        return Command(piece.account.code, wamid, who, asked[0], at, asked[1], piece.body)
    context, group = read.part(said, "context"), read.text(said, "group_id")
    forwarded = any(context.get(key) is True for key in ("forwarded", "frequently_forwarded"))
    notes = (*found.pop("notes", ()), *(["forwarded"] if forwarded else []), *(["group"] if group else []))
    answered = once(read.text(context, "id", 1000))
    return Submission(
        uuid=read.uuid(piece.account, wamid),
        channel=piece.account.code,
        account=piece.account.code,
        external_id=wamid,
        body=piece.body,
        at=at,
        sender=who,
        name=piece.aside.get("name", ""),
        contacts=numbers(piece),
        replies_to=(answered,) if answered else (),
        thread=group,
        open_talk=bool(group),
        notes=notes,
        **found,
    )


def sender(piece: Piece) -> Contact | None:
    """The provider's id of the person; only where there is none, the number the provider names."""
    said, who = read.part(piece.json, "message"), read.part(piece.json, "contact")
    ids = (
        read.text(said, "from_user_id"),
        read.text(who, "user_id"),
        read.text(who, "wa_id"),
        read.text(said, "from"),
    )
    found = next((one for one in ids if one), "")
    return Contact("whatsapp", found, proven=True) if found else None


def numbers(piece: Piece) -> tuple[Contact, ...]:
    """The telephone number, where the person shows it: one more address, which proves nothing elsewhere."""
    said, who = read.part(piece.json, "message"), read.part(piece.json, "contact")
    return tuple(phone(read.text(who, "wa_id") or read.text(said, "from")))


def phone(digits: str) -> list[Contact]:
    fits = digits.isascii() and digits.isdigit() and 6 <= len(digits) <= 15
    return [Contact("phone", f"+{digits}")] if fits else []


def kept(piece: Piece, wamid: str, why: str, who: Contact | None) -> Unreadable:
    at = read.moment(read.part(piece.json, "message").get("timestamp"), piece.spare)
    return Unreadable(piece.account.code, wamid, why[:60], at, piece.body, who)


def edited(piece: Piece, wamid: str, who: Contact) -> Sequence[Heard]:
    change = read.part(read.part(piece.json, "message"), "edit")
    of, now_said = once(read.text(change, "original_message_id", 1000)), read.part(change, "message")
    kind = read.text(now_said, "type")
    found = TYPES[kind](read.part(now_said, kind)) if kind in TYPES else None
    if not of or found is None:
        return [kept(piece, wamid, "edit", who)]
    at = read.moment(read.part(piece.json, "message").get("timestamp"), piece.spare)
    return [Edit(piece.account.code, once("edit", wamid), of, found["words"], at, piece.body)]


def revoked(piece: Piece, wamid: str, who: Contact) -> Sequence[Heard]:
    said = read.part(piece.json, "message")
    of = once(read.text(read.part(said, "revoke"), "original_message_id", 1000))
    at = read.moment(said.get("timestamp"), piece.spare)
    return [
        Withdrawal(piece.account.code, wamid, of, at, piece.body) if of else kept(piece, wamid, "revoke", who)
    ]


CHANGES = {"edit": edited, "revoke": revoked}


def system(piece: Piece, wamid: str) -> Sequence[Heard]:
    """A new number makes a new id too; either is a move of its own, as each may be what we know somebody by."""
    said = read.part(piece.json, "message")
    told = read.part(said, "system")
    at = read.moment(said.get("timestamp"), piece.spare)
    if read.text(told, "type") == "customer_identity_changed":
        return piece.ignored(wamid, "identity_changed", at)
    if read.text(told, "type") not in NUMBER_CHANGED:
        return [kept(piece, wamid, "system", None)]
    number = read.text(told, "customer") or read.text(said, "from")
    new_number = read.text(told, "wa_id") or read.text(told, "new_wa_id")
    old = read.text(told, "previous_user_id") or number
    new = read.text(told, "user_id") or new_number
    moves: list[Heard] = []
    if old and new and old != new:
        ways = Contact("whatsapp", old, proven=True), Contact("whatsapp", new, proven=True)
        moves.append(Moved(piece.account.code, wamid, *ways, at, piece.body))
    for before, after in zip(phone(number), phone(new_number), strict=False):
        if before != after:
            moves.append(Moved(piece.account.code, once(wamid, "phone"), before, after, at, piece.body))
    return moves or [kept(piece, wamid, "system", None)]


# ---- what became of our letters, and the rest ----


def delivery(piece: Piece) -> Sequence[Heard]:
    status = read.part(piece.json, "status")
    wamid, word = once(read.text(status, "id", 1000)), read.text(status, "status", 40)
    at = read.moment(status.get("timestamp"), piece.spare)
    external_id = once("status", wamid, word)
    if not wamid or word not in STATES:
        return piece.ignored(external_id, "status", at)
    error = next(iter(read.rows(status, "errors")), {})
    code = error.get("code") if isinstance(error.get("code"), int) else 0
    failed = STATES[word] == "failed"
    return [
        Delivery(
            piece.account.code,
            external_id,
            STATES[word],
            at,
            letter=graph.letter_of(read.text(status, "biz_opaque_callback_data")),
            of=wamid,
            reason=f"graph_{code}" if failed else "",
            gone=failed and outcome.meaning(code).word == "gone",
            body=piece.body,
        )
    ]


def trouble(piece: Piece) -> Sequence[Heard]:
    """An error about the account itself: a person has to know."""
    return [read.unreadable(piece.account, piece.body, "provider_error", piece.spare)]


def other(piece: Piece) -> Sequence[Heard]:
    """Of a field that holds nobody's words: our own messages from the telephone, templates, the account's health."""
    name = read.unreadable(piece.account, piece.body, "", piece.spare).external_id
    why = read.text(read.part(piece.json, "change"), "field", 60) or "no_field"
    echo = why in ("smb_message_echoes", "message_echoes")
    return [Ignored(piece.account.code, name, "echo" if echo else why, piece.spare, piece.body)]
