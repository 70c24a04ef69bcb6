"""Parts of long messages until all are there. Nothing is answered before it is stored, and nothing waits long.

Parts come in any order, doubled, or never. While they wait for each other they are not answered, so that a crash
loses nothing: the exchange sends them again. After `wait` seconds those here are stored by themselves, each words of
its own with a thread that keeps them together, and answered: some exchanges send the next part only then. They are
remembered: the part that makes the message whole brings all its words in order. After ten minutes what came is told
once more in order, with its gaps, marked incomplete.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from tanggap.channels.base import Account, Heard, Ignored

from .message import Piece, piece_heard, piece_name, whole_heard
from .pdu import Pdu

GIVE_UP = 600.0  # seconds
MOST_WAITING = 500  # long messages at once; beyond them the oldest waits no more
IN_TURN = 3  # so many waits in vain, while nothing else came, show an exchange that sends one at a time
SHORT_WAIT = 0.3


@dataclass
class Entry:
    """What is to be stored together, and who is answered then. `group` hears whether it went well."""

    heard: list[Heard]
    answers: list[Pdu]
    group: "Group | None" = None

    def is_stored(self) -> None:
        if self.group is not None:
            self.group.stored |= set(self.group.waiting)
            self.group.waiting.clear()

    def is_refused(self) -> None:
        """They will be sent again: until then they are not here."""
        if self.group is not None:
            self.group.forget()


@dataclass
class Group:
    """The parts of one message that came. `waiting`: requests to be answered, by part; `stored`: parts in the house."""

    total: int
    since: float
    pieces: dict[int, Piece] = field(default_factory=dict)
    waiting: dict[int, list[Pdu]] = field(default_factory=dict)
    stored: set[int] = field(default_factory=set)
    held_since: float = 0.0

    @property
    def is_whole(self) -> bool:
        return len(self.pieces) == self.total

    def forget(self) -> None:
        for seq in self.waiting:
            if seq not in self.stored:
                self.pieces.pop(seq, None)
        self.waiting.clear()

    def requests(self) -> list[Pdu]:
        return [request for requests in self.waiting.values() for request in requests]

    def unstored(self) -> list[Piece]:
        return [self.pieces[seq] for seq in sorted(self.pieces) if seq not in self.stored]


class Parts:
    """Long messages of one account that are not whole yet."""

    def __init__(self, account: Account, wait: float):
        self.account, self.wait = account, wait
        self.groups: dict[tuple[str, str, str, int], Group] = {}
        self.alone = 0  # waits in vain in a row

    def add(self, piece: Piece, request: Pdu, at: float, now: datetime) -> Iterator[Entry]:
        """A part came; what is to be stored or answered at once because of it. The rest tells `due`."""
        group = self.groups.get(piece.whole)
        known = group.pieces.get(piece.part.seq) if group else None
        if known is not None and known.short.raw != piece.short.raw:
            yield from self.close(piece.whole, now)  # the number begins again, with another message
            group = None
        if group is None:
            if len(self.groups) >= MOST_WAITING:
                yield from self.close(min(self.groups, key=lambda key: self.groups[key].since), now)
            group = self.groups[piece.whole] = Group(piece.part.total, at)
        seq = piece.part.seq
        if seq in group.stored:
            yield Entry([], [request])
            return
        if not group.waiting:
            group.held_since = at
        group.pieces[seq] = piece
        group.waiting.setdefault(seq, []).append(request)

    def completed(self, group: Group, now: datetime) -> Entry:
        """The parts' own names are stored too: one that is sent again is known then."""
        whole = whole_heard(self.account, group.pieces, now, after_pieces=bool(group.stored))
        names = [
            Ignored(self.account.code, piece_name(piece, now), "in_a_whole", now, piece.short.raw)
            for piece in group.unstored()
        ]
        return Entry([whole, *names], group.requests(), group)

    def due(self, at: float, now: datetime, unanswered: int) -> Iterator[Entry]:
        """What is whole, and what waited long enough. `unanswered`: how many requests of the line wait for us."""
        wait = min(self.wait, SHORT_WAIT) if self.alone >= IN_TURN else self.wait
        for key, group in list(self.groups.items()):
            if group.waiting and group.is_whole:
                self.alone = 0 if unanswered > 1 else self.alone
                yield self.completed(group, now)
            elif at - group.since >= GIVE_UP:
                yield from self.close(key, now)
            elif group.waiting and at - group.held_since >= wait:
                self.alone = self.alone + 1 if unanswered == 1 else 0
                yield self.apart(group, now)

    def apart(self, group: Group, now: datetime) -> Entry:
        told = [piece_heard(self.account, piece, now) for piece in group.unstored()]
        return Entry(told, group.requests(), group)

    def close(self, key: tuple[str, str, str, int], now: datetime) -> Iterator[Entry]:
        """No more is waited for. Several parts are told once more, in order; one alone is marked already."""
        group = self.groups.pop(key)
        several = len(group.pieces) > 1 and not group.is_whole
        if group.waiting:
            yield self.apart(group, now)
        if several:
            yield Entry([whole_heard(self.account, group.pieces, now, after_pieces=True)], [])

    def flush(self, now: datetime) -> Iterator[Entry]:
        """The line is given up in peace: what waits is stored as it is."""
        for group in self.groups.values():
            if group.waiting:
                yield self.apart(group, now)

    def forget(self) -> None:
        """The line broke: what was not answered comes again."""
        for group in self.groups.values():
            group.forget()
        self.groups = {key: group for key, group in self.groups.items() if group.pieces}

    def count(self) -> int:
        return sum(len(group.waiting) for group in self.groups.values())
