"""What passes between a channel and the house: plain data, both ways."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Contact:
    """One way to reach somebody: kind `phone` (E.164) or `email`. Proves nothing."""

    kind: str
    address: str


@dataclass
class Submission:
    """A channel's words after parsing, before anything is stored.

    `account` + `external_id` say "once"; `body` is what arrived, as bytes; `at` is when the citizen said it (UTC).
    `area`, `outside`, `emergency` are filled by the door, from pure functions.
    """

    uuid: UUID
    channel: str
    account: str
    external_id: str
    body: bytes
    words: str
    at: datetime
    lat: float | None = None
    lon: float | None = None
    place: str = ""
    category: str = ""
    visibility: str = ""
    name: str = ""
    contacts: tuple[Contact, ...] = ()
    language: str = "id"
    answers: dict[str, Any] = field(default_factory=dict)
    device: str = ""
    draft: UUID | None = None  # staged photos of this form belong to the report
    photos: tuple[UUID, ...] = ()
    refused_files: tuple[str, ...] = ()  # codes of files a machine sent and we could not take
    keyed_by: int | None = None
    api_key: int | None = None
    area: str = ""
    outside: str = ""
    emergency: bool = False


@dataclass(frozen=True)
class Receipt:
    """What a door may tell once the commit is done. `again`: this very submission was stored before."""

    number: str
    uuid: UUID
    case_id: int
    report_id: int
    again: bool = False


class Refused(Exception):
    """A submission that can't be stored, with a code a door translates."""

    code = "refused"


class SameIdOtherWords(Refused):
    """The same external id came with another body: 409. Carries the first receipt, for its own sender only."""

    code = "same_id_other_words"

    def __init__(self, receipt: Receipt):
        super().__init__(self.code)
        self.receipt = receipt


class Busy(Refused):
    """The queue is full: 503 + Retry-After. Nothing was stored."""

    code = "busy"


@dataclass(frozen=True)
class Outgoing:
    """A letter as a channel sends it."""

    to: str
    subject: str
    text: str
    reference: str


@dataclass(frozen=True)
class SendResult:
    """`state` is a Letter state; `again` says whether trying again makes sense."""

    state: str
    reason: str = ""
    again: bool = False
