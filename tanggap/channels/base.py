"""What passes between a channel and the house: plain data, both ways. A channel knows nothing of cases.

In: a channel's code turns bytes into a list of what was `Heard`; whoever called it hands that to the door, and only
after the commit the other side is told "received". Out: a letter is handed over as `Outgoing`, and comes back as
`SendResult`. Every thing heard has an external id, so that the same one twice is one.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Contact:
    """One address of somebody. `kind`: phone (E.164), email, or a channel's own kind with its opaque id (telegram,
    whatsapp, facebook, ...). `proven`: the protocol itself vouches for it (a provider's signed id; mail that passed
    DMARC at our own server). A telephone number of an SMS, a From line and a name prove nothing."""

    kind: str
    address: str
    proven: bool = False


@dataclass(frozen=True)
class File:
    """A file somebody sent: its bytes, or where the provider keeps them (`ref`, plain JSON, for `Kind.fetch`)."""

    name: str = ""
    data: bytes | None = None
    ref: Mapping[str, Any] | None = None


@dataclass
class Submission:
    """A channel's words after parsing, before anything is stored.

    `account` + `external_id` say "once"; `body` is what arrived, as bytes; `at` is when the citizen said it (UTC).
    `area`, `outside`, `emergency` are filled by the door, from pure functions. What only talking channels fill:
    `sender` (who said it there), `token`, `replies_to`, `number`, `thread` (what it belongs to, see `hear` of the
    door), `open_talk` (said where all can read), `files`, `notes` (codes: truncated, incomplete, no_text, ...).
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
    partner: int | None = None  # the organisation that files it for somebody
    api_key: int | None = None
    area: str = ""
    outside: str = ""
    emergency: bool = False
    sender: Contact | None = None
    token: str = ""  # from an address that we gave out: which letter or report this answers
    replies_to: tuple[str, ...] = ()  # ids, in the channel, of what this answers; the nearest first
    number: str = ""  # a report's number that stands in the subject: a hint, never a proof
    thread: str = ""  # the channel's own thread (album, post, conversation)
    open_talk: bool = False
    files: tuple[File, ...] = ()
    notes: tuple[str, ...] = ()


# ---- heard beside new words; each is stored once, by (account, external_id) ----


@dataclass(frozen=True)
class Delivery:
    """What became of a letter we sent. `letter` is our own id where the channel carries it, else `of` is the
    provider's. `state` is one of sent, delivered, read, failed. `gone`: nobody lives at that address any more."""

    account: str
    external_id: str
    state: str
    at: datetime
    letter: int | None = None
    of: str = ""
    reason: str = ""
    gone: bool = False
    body: bytes = b""


@dataclass(frozen=True)
class Edit:
    """Somebody changed what they had said (`of`: external id of the first words)."""

    account: str
    external_id: str
    of: str
    words: str
    at: datetime
    body: bytes = b""


@dataclass(frozen=True)
class Withdrawal:
    """Somebody took back what they had said."""

    account: str
    external_id: str
    of: str
    at: datetime
    body: bytes = b""


STOP, START, STATUS, HELP = "stop", "start", "status", "help"


@dataclass(frozen=True)
class Command:
    """Words to the machine alone: STOP, MULAI, STATUS <number>, BANTUAN. Never a report."""

    account: str
    external_id: str
    sender: Contact
    verb: str
    at: datetime
    argument: str = ""
    body: bytes = b""


@dataclass(frozen=True)
class Moved:
    """The same person under another address (a new number, a new id), said by the provider itself."""

    account: str
    external_id: str
    old: Contact
    new: Contact
    at: datetime
    body: bytes = b""


@dataclass(frozen=True)
class Ignored:
    """Our own echo, an automatic reply, a loop: kept as raw words, never a report, never answered. `why` is a code."""

    account: str
    external_id: str
    why: str
    at: datetime
    body: bytes = b""


@dataclass(frozen=True)
class Unreadable:
    """What can't be parsed, or is of a type not known here: kept as it came; a person gets a task. `why` is a code."""

    account: str
    external_id: str
    why: str
    at: datetime
    body: bytes = b""
    sender: Contact | None = None


Heard = Submission | Delivery | Edit | Withdrawal | Command | Moved | Ignored | Unreadable


# ---- what a door answers ----


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


class StoredBefore(Refused):
    """This very message is here already, as something else than a report of its own."""

    code = "stored_before"


class Busy(Refused):
    """The queue is full: 503 + Retry-After. Nothing was stored."""

    code = "busy"


# ---- out ----


@dataclass(frozen=True)
class Outgoing:
    """A letter as a channel sends it. `text` holds all; `short` fits one SMS part and holds number and link.

    `letter` is our own id: it goes along wherever the provider has room for one (0: no letter of the ledger).
    `token` names the report in an address to answer to. `thread` is what the citizen's own words came with, newest
    first: their external ids in that channel, so that the answer hangs below them. `heard_at`: when they last wrote
    there (windows count from it). `code` is the letter's name, for channels that need approved templates.
    `open_talk`: the citizen said it where all can read; the private way of the channel is used, once.
    """

    to: str
    subject: str
    text: str
    reference: str
    short: str = ""
    letter: int = 0
    token: str = ""
    code: str = ""
    language: str = "id"
    number: str = ""
    link: str = ""
    thread: tuple[str, ...] = ()
    heard_at: datetime | None = None
    open_talk: bool = False
    automatic: bool = True


@dataclass(frozen=True)
class SendResult:
    """`state` is a Letter state: sent, failed, unknown (perhaps it went: never again by itself) or by_hand.

    `again`: nothing went, trying again makes sense, after `after` seconds where the provider said so. `closed`: this
    way is shut for this letter now (window over, not allowed): another way may be tried. `gone`: the address is dead.
    `down`: the whole account can't send now (credentials, no credit, server away): its other letters wait too.
    """

    state: str
    reason: str = ""
    again: bool = False
    external_id: str = ""
    after: float | None = None
    closed: bool = False
    gone: bool = False
    down: bool = False


# ---- what a kind of channel is ----


@dataclass(frozen=True)
class Setting:
    """One setting of an account, read from the environment as TANGGAP_<CODE>_<NAME> (code and name in capitals,
    hyphens as underscores). `needed`: without it the account is not set up. Secrets may hold two values, divided by a
    comma, while one is rotated, where the kind says so in `told`."""

    name: str
    told: str  # an English sentence for the operator
    default: str = ""
    needed: bool = False
    secret: bool = False


@dataclass(frozen=True)
class Account:
    """One line of a channel: its code in channels.csv, its settings, and where its poll stopped (`cursor`)."""

    code: str
    kind: str
    settings: Mapping[str, str] = field(default_factory=dict)
    cursor: Mapping[str, Any] = field(default_factory=dict)
    now: datetime | None = None  # for what needs the time: windows, ages

    def __getitem__(self, name: str) -> str:
        return self.settings.get(name, "")

    def __repr__(self) -> str:
        return f"Account({self.code}, {self.kind})"  # never the settings: they hold secrets


@dataclass(frozen=True)
class Asked:
    """A request of a provider at our webhook. `headers` have lower-case names; `url` is the public one."""

    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answered:
    """What to answer, once all that was `heard` is committed. A wrong signature is 403 with nothing heard."""

    status: int
    body: str = ""
    content_type: str = "text/plain"
    heard: Sequence[Heard] = ()


class Trouble(Exception):
    """A channel's account can't be used now. The text is one English sentence for an operator, without a secret."""


Ears = Callable[[Sequence[Heard]], None]
"""Commits what was heard when it returns; raises when it could not: then nothing was promised."""


@dataclass(frozen=True)
class Kind:
    """One kind of channel: a folder here and one line in the registry. What is None it can't do.

    `hook` answers a provider's request. `poll` asks for what is new, hands it to the ears, and gives back the cursor
    from where to go on; called every `poll_seconds`, also as the repair beside a webhook or a listener. `listen` stays
    in touch until `stopped()` says so (IDLE, SMPP); it raises Trouble or OSError when the line breaks and is called
    again with back-off. `fetch` gets the bytes of a `File.ref`, at most `limit` of them. `test` tells in one sentence
    what is wrong with the account, "" where nothing is. `window`: free words may go only so many seconds after the
    citizen wrote. `personal`: which Contact kinds it can write to.
    """

    name: str
    settings: tuple[Setting, ...] = ()
    personal: tuple[str, ...] = ()
    hook: Callable[[Account, Asked], Answered] | None = None
    poll: Callable[[Account, Ears], Mapping[str, Any]] | None = None
    poll_seconds: int = 60
    listen: Callable[[Account, Ears, Callable[[], bool]], None] | None = None
    fetch: Callable[[Account, Mapping[str, Any], int], bytes] | None = None
    send: Callable[[Account, Outgoing], SendResult] | None = None
    test: Callable[[Account], str] | None = None
    talks: bool = True  # a conversation is had here: the number is sent back, questions are asked

    def missing(self, account: Account) -> list[str]:
        """Names of the needed settings that are not there."""
        return [one.name for one in self.settings if one.needed and not account[one.name]]


def once(*parts: str) -> str:
    """An external id of at most 200 signs from parts that name one thing together."""
    plain = ":".join(parts)
    return plain if len(plain) <= 200 else f"sha256:{hashlib.sha256(plain.encode()).hexdigest()}"
