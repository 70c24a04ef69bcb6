"""Two invented kinds of channel where one talks, "gema" and "angin", and a provider that can be told to be away: what
the house promises every channel is shown with them, without any real protocol in between."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tanggap.channels import registry
from tanggap.channels.base import (
    Account,
    Answered,
    Asked,
    Command,
    Contact,
    Delivery,
    Edit,
    File,
    Heard,
    Ignored,
    Kind,
    Moved,
    Outgoing,
    SendResult,
    Setting,
    Submission,
    Unreadable,
    Withdrawal,
)
from tanggap.models import Channel, Inbound, Letter, Message, Report, Task

KEY = "kunci-uji"


@dataclass
class Provider:
    """The other side: what it was given, and what it answers next (the last answer stays)."""

    name: str
    got: list[Outgoing] = field(default_factory=list)
    answers: list[SendResult] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def send(self, account: Account, letter: Outgoing) -> SendResult:
        if self.answers:
            answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
            if answer.state != "sent":
                return answer
        self.got.append(letter)
        return SendResult("sent", external_id=f"{self.name}-{len(self.got)}")

    def fetch(self, account: Account, ref: Mapping[str, Any], limit: int) -> bytes:
        return self.files[ref["id"]]

    def codes(self) -> list[str]:
        return [letter.code for letter in self.got]


def hook(account: Account, asked: Asked) -> Answered:
    if asked.headers.get("x-key") != account["key"]:
        return Answered(403)
    return Answered(200, "ok", heard=[heard(account, entry) for entry in json.loads(asked.body)])


def heard(account: Account, entry: dict[str, Any]) -> Heard:
    code, at = account.code, datetime.fromisoformat(entry["at"])
    body = json.dumps(entry, sort_keys=True).encode()
    known = {"account": code, "external_id": entry["id"], "at": at, "body": body}
    sender = Contact(account.kind, entry.get("from", "u1"), proven=entry.get("proven", True))
    of, words = entry.get("of", ""), entry.get("words", "")
    made = {
        "delivery": lambda: Delivery(state=entry["state"], letter=entry.get("letter"), of=of,
                                     gone=entry.get("gone", False), **known),
        "edit": lambda: Edit(of=of, words=words, **known),
        "withdrawal": lambda: Withdrawal(of=of, **known),
        "command": lambda: Command(sender=sender, verb=entry["verb"], argument=entry.get("argument", ""), **known),
        "moved": lambda: Moved(old=sender, new=Contact(account.kind, entry["to"], True), **known),
        "echo": lambda: Ignored(why="echo", **known),
        "strange": lambda: Unreadable(why="type", **known),
    }  # fmt: skip
    if entry.get("type", "words") in made:
        return made[entry["type"]]()
    return Submission(
        uuid=uuid5(NAMESPACE_URL, f"{code}:{entry['id']}"), channel=code, words=words, sender=sender,
        lat=entry.get("lat"), lon=entry.get("lon"), replies_to=tuple(entry.get("replies_to", ())),
        thread=entry.get("thread", ""), visibility=entry.get("visibility", ""),
        files=tuple(File(ref={"id": one}) for one in entry.get("files", ())), **known,
    )  # fmt: skip


def kind(provider: Provider) -> Kind:
    return Kind(
        provider.name, settings=(Setting("key", "What signs its requests", needed=True, secret=True),),
        personal=(provider.name,), hook=hook, send=provider.send, fetch=provider.fetch,
    )  # fmt: skip


@contextmanager
def talking(monkeypatch: Any) -> Iterator[dict[str, Provider]]:
    """Both channels set up; gives their providers by name."""
    providers = {name: Provider(name) for name in ("gema", "angin")}
    monkeypatch.setattr(
        registry, "KINDS", registry.KINDS | {name: kind(one) for name, one in providers.items()}
    )
    for name in providers:
        monkeypatch.setenv(registry.variable(name, "key"), KEY)
    yield providers


def of_channels(row: Report) -> dict[str, dict[str, Any]]:
    """Arguments of the pages about channels: a line, a letter that failed and later words of this report, and what
    nobody could read."""
    line, common = (
        {"pk": Channel.objects.get(code="surel").pk},
        {"case": row.case, "report": row, "at": row.said_at},
    )
    later = Message.objects.create(words="Satu lagi", words_sealed=row.words_sealed, **common)
    letter = Letter.objects.create(code="told", state="failed", **common)
    raw = Inbound.objects.create(account="surel", external_id="x", hash=b"", received_at=row.said_at,
                                 purge_at=row.said_at)  # fmt: skip
    strange = Task.objects.create(kind=Task.UNREADABLE, inbound=raw, role="triage", opened_at=row.said_at)
    return {
        "resend": {"letter": letter.pk}, "set_apart": {"message": later.pk}, "unreadable_task": {"task": strange.pk},
        "admin_channel": line, "admin_channel_test": line, "admin_channel_deed": line | {"name": "matikan"},
    }  # fmt: skip
