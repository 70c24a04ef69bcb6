"""What an update of the Bot API says. Pure; whatever stands in it, it ends as something heard.

A message is named by chat and message, not by the update: Telegram numbers updates anew after a quiet week, and what
answers a message or changes it names it so. Nobody is told of a deletion here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from tanggap.channels.base import (
    STOP,
    Account,
    Command,
    Contact,
    Edit,
    Heard,
    Ignored,
    Submission,
    Unreadable,
    once,
)
from tanggap.channels.telegram import contents
from tanggap.channels.telegram.words import command, report
from tanggap.lib import loosely

SPACE = UUID("0e3c9e62-0f0b-5f0c-8c2f-6f0b6c3a5d11")
MOST_WORDS = 10_000
# these have an update of their own and are not for us; nothing of them is a report
NOT_OURS = {
    "channel_post": "channel",
    "edited_channel_post": "channel",
    "inline_query": "inline_query",
    "chosen_inline_result": "inline_query",
    "message_reaction": "reaction",
    "message_reaction_count": "reaction",
    "poll": "poll",
    "poll_answer": "poll",
    "chat_member": "chat_member",
    "chat_join_request": "chat_member",
    "chat_boost": "chat_boost",
    "removed_chat_boost": "chat_boost",
    "business_connection": "business",
    "business_message": "business",
    "edited_business_message": "business",
    "deleted_business_messages": "business",
}
CHATS = {"group": "group", "supergroup": "group", "channel": "channel"}


@dataclass(frozen=True)
class Update:
    """One update: its JSON, and when nothing better says when."""

    account: Account
    json: Mapping[str, Any]
    body: bytes
    now: datetime

    @property
    def id(self) -> str:
        found = loosely.whole(self.json, "update_id")
        return str(found) if found is not None else loosely.digest(self.body)

    def ignored(self, why: str, at: datetime | None = None) -> Ignored:
        return Ignored(self.account.code, once("update", self.id), why, at or self.now, self.body)

    def unreadable(self, why: str, sender: Contact | None = None) -> Unreadable:
        name = once("raw", loosely.digest(self.body))
        return Unreadable(self.account.code, name, why, self.now, self.body, sender)


def parse(account: Account, body: bytes) -> list[Heard]:
    """One update, as it stands in the body of a webhook's request."""
    now = account.now or datetime.now(UTC)
    try:
        return [update(account, loosely.load(body), now)]
    except ValueError:
        return [Unreadable(account.code, once("raw", loosely.digest(body)), "no_json", now, body)]


def update(account: Account, said: Any, now: datetime) -> Heard:
    """Raises ValueError only for what is too deep to be written again."""
    body = loosely.canonical(said)
    one = Update(account, said if isinstance(said, Mapping) else {}, body, now)
    try:
        return read(one)
    except loosely.STUMBLES as error:
        return one.unreadable(type(error).__name__)


def read(one: Update) -> Heard:
    for name, reader in READERS.items():
        if said := loosely.part(one.json, name):
            return reader(one, said)
    for name, why in NOT_OURS.items():
        if name in one.json:
            return one.ignored(why)
    return one.unreadable("unknown_update")


def message(one: Update, said: Mapping[str, Any]) -> Heard:
    at = loosely.moment(said.get("date"), one.now)
    if why := elsewhere(said):
        return one.ignored(why, at)
    chat, name = ids(said)
    if not name:
        return one.unreadable("no_ids")
    sender = Contact("telegram", str(chat), proven=True)
    words = spoken(said)
    if found := command(words):
        return Command(one.account.code, name, sender, found[0], at, found[1], one.body)
    content = contents.content(said)
    if content.ignored and not words:
        return one.ignored(content.ignored, at)
    if not words and not content.known:
        return one.unreadable("unknown_message", sender)
    return submission(one, said, sender, name, report(words), content, at)


def submission(
    one: Update, said: Mapping[str, Any], sender: Contact, name: str, words: str, content: contents.Content,
    at: datetime,
) -> Submission:  # fmt: skip
    who = loosely.part(said, "from")
    album = loosely.text(said, "media_group_id", 100)
    notes = [*content.notes]
    notes += ["forwarded"] if loosely.part(said, "forward_origin") or "forward_date" in said else []
    notes += [] if words or content.point or content.files else ["no_text"]
    return Submission(
        uuid=uuid5(SPACE, f"{one.account.code}\n{name}"),
        channel=one.account.code,
        account=one.account.code,
        external_id=name,
        body=one.body,
        words=words,
        at=at,
        lat=content.point[0] if content.point else None,
        lon=content.point[1] if content.point else None,
        place=content.place,
        name=person(who),
        contacts=content.contacts,
        language="en" if loosely.text(who, "language_code").lower().startswith("en") else "id",
        refused_files=content.refused,
        sender=sender,
        replies_to=answered(said),
        thread=f"album:{album}" if album else "",
        files=content.files,
        notes=tuple(notes),
    )


def edited(one: Update, said: Mapping[str, Any]) -> Heard:
    at = loosely.moment(said.get("edit_date"), one.now)
    if why := elsewhere(said):
        return one.ignored(why, at)
    name, words = ids(said)[1], spoken(said)
    if loosely.part(said, "location"):
        return one.ignored("live_location", at)  # it moves each few seconds: the first place was taken
    if not name:
        return one.unreadable("no_ids")
    if not words:
        return one.ignored("edit_without_words", at)
    changed = once(name, "edit", one.id)
    return Edit(one.account.code, changed, name, report(words), at, one.body)


def member(one: Update, said: Mapping[str, Any]) -> Heard:
    """The bot's own standing in a chat: that a person blocked it, Telegram says itself; they want no more letters."""
    at = loosely.moment(said.get("date"), one.now)
    chat = loosely.part(said, "chat")
    if why := elsewhere(said):
        return one.ignored(why, at)
    status = loosely.text(loosely.part(said, "new_chat_member"), "status", 20)
    number = loosely.whole(chat, "id")
    if status != "kicked" or number is None:
        return one.ignored("unblocked" if status == "member" else "chat_member", at)
    sender = Contact("telegram", str(number), proven=True)
    return Command(one.account.code, once("update", one.id), sender, STOP, at, "blocked", one.body)


def button(one: Update, said: Mapping[str, Any]) -> Heard:
    """A pressed button. We draw none with free words; those of a command do what the command does."""
    number = loosely.whole(loosely.part(said, "from"), "id")
    found = command(loosely.text(said, "data", 200))
    below = loosely.text(loosely.part(loosely.part(said, "message"), "chat"), "type", 20)
    if not found or number is None or below not in ("", "private"):
        return one.ignored("button")
    sender = Contact("telegram", str(number), proven=True)
    return Command(one.account.code, once("update", one.id), sender, found[0], one.now, found[1], one.body)


READERS: dict[str, Callable[[Update, Mapping[str, Any]], Heard]] = {
    "message": message,
    "edited_message": edited,
    "my_chat_member": member,
    "callback_query": button,
}


def elsewhere(said: Mapping[str, Any]) -> str:
    """Why it is not a person speaking to us alone; "" where it is. In groups the bot stays silent: what is said there
    is said to the group."""
    kind = loosely.text(loosely.part(said, "chat"), "type", 20)
    if kind in CHATS:
        return CHATS[kind]
    return "bot" if loosely.part(said, "from").get("is_bot") is True else ""


def ids(said: Mapping[str, Any]) -> tuple[int | None, str]:
    """The chat (greater than 2^31 for newer people), and the message's name in this channel."""
    chat, number = loosely.whole(loosely.part(said, "chat"), "id"), loosely.whole(said, "message_id")
    return chat, once(str(chat), str(number)) if chat is not None and number is not None else ""


def answered(said: Mapping[str, Any]) -> tuple[str, ...]:
    name = ids(
        {"chat": said.get("chat"), "message_id": loosely.part(said, "reply_to_message").get("message_id")}
    )[1]
    return (name,) if name else ()


def spoken(said: Mapping[str, Any]) -> str:
    """The words, and where a link hides behind one of them, the link."""
    field = "text" if loosely.text(said, "text", MOST_WORDS) else "caption"
    words = loosely.text(said, field, MOST_WORDS).strip()
    entities = loosely.rows(said, "entities" if field == "text" else "caption_entities")
    hidden = [loosely.text(one, "url", 1000) for one in entities if one.get("type") == "text_link"]
    links = [link for link in dict.fromkeys(hidden) if link and link not in words]
    return "\n".join([words, *links[:20]]).strip()


def person(who: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (loosely.text(who, "first_name", 100), loosely.text(who, "last_name", 100))))
