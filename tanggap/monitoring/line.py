"""The route line (jalur) of a case: a list of stops that citizen, officer, reviewer and board look at
alike.

A pure drawing of rows: which stop is passed, where the case is now, whose turn, until when, how long each
desk had it and its share of the citizen's time. Sent back or handed on again, it runs on a siding that
anybody can see."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.dateformat import format as dateformat
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tanggap.models import Assignment, Case, FollowUp
from tanggap.workflow import ASSIGNED, AWAITING_REVIEW, CLOSED, IN_PROGRESS, JOINED, NEW

RANK = {"route": 1, "refer": 2, "transfer": 2, "delegate": 3, "return": 0}


@dataclass(frozen=True)
class Stop:
    """One stop. `took` in minutes, `share` in percent of all time so far; `here` says whose turn and until
    when."""

    title: str
    kind: str  # done, now, next
    note: str = ""
    at: datetime | None = None
    took: int | None = None
    share: int | None = None
    here: tuple[Any, ...] = ()
    late: bool = False
    yes: bool = False
    side: bool = False
    out: bool = False
    into: bool = False
    agency: str = ""

    def drawn(self) -> dict[str, Any]:
        """As the template's macro wants it (`in` is no name in Python)."""
        values = {key: getattr(self, key) for key in ("title", "kind", "note", "took", "share", "late", "yes", "side",
                                                       "out")}  # fmt: skip
        return values | {"here": list(self.here), "in": self.into}


@dataclass
class Way:
    """A case's rows, read once: three statements for any number of stops."""

    case: Case
    now: datetime
    assignments: list[Assignment] = field(default_factory=list)
    followups: list[FollowUp] = field(default_factory=list)

    @classmethod
    def of(cls, case: Case, now: datetime) -> "Way":
        rows = case.assignments.select_related("agency__kind", "agency__parent", "reason").order_by(
            "position"
        )
        return cls(
            case, now, list(rows), list(case.followups.select_related("review__reason").order_by("id"))
        )

    @property
    def end(self) -> datetime:
        return self.case.closed_at or self.now

    @property
    def total(self) -> timedelta:
        """All time since the citizen's first word: never reset at a hand-over."""
        return max(self.end - self.case.opened_at, timedelta(minutes=1))

    def minutes(self, row: Assignment) -> int:
        return round(((row.ended_at or self.end) - row.at).total_seconds() / 60)

    def share(self, row: Assignment) -> int:
        return min(100, round(100 * ((row.ended_at or self.end) - row.at) / self.total))


def stops(
    case: Case, now: datetime, *, formatted: Any = None, own: bool = False, short: bool = False
) -> list[Stop]:
    """The whole line. `formatted(dt)` words a moment; `own` addresses the reporter; `short` names agencies
    briefly."""
    way = Way.of(case, now)
    say = formatted or (lambda at: at.isoformat())
    via = _("by %(channel)s") % {"channel": case.channel.name}
    found = [Stop(_("Received"), "done", note=f"{say(case.opened_at)}, {via}", at=case.opened_at)]
    if case.status == JOINED:
        return [*found, Stop(_("Joined with another case"), "now", here=(case.joined_into.number,))]
    found += offices(way, say, short)
    if case.status == NEW:
        found.append(Stop(_("Triage desk"), "now", here=(_("An officer is looking where this belongs."),)))
    return found + rest(way, say, own)


def offices(way: Way, say: Any, short: bool) -> list[Stop]:
    """One stop for each hand-over, sidings marked, and one for each time the review sent the work back."""
    found: list[Stop] = []
    reached, aside = 0, False
    for row in way.assignments:
        rank = RANK[row.kind]
        side = rank <= reached
        reached = max(reached, rank)
        here = row.ended_at is None and way.case.status == ASSIGNED
        found.append(
            Stop(
                row.agency.label if short else row.agency.name,
                "now" if here else "done",
                note=handed_back(row),
                at=row.at, took=way.minutes(row), share=way.share(row), agency=row.agency.code,
                here=turn(way, say) if here else (), late=here and is_late(way),
                side=side, out=side and not aside, into=aside and not side,
            )
        )  # fmt: skip
        aside = side
    return found


def handed_back(row: Assignment) -> str:
    """Why it came back, where somebody gave a coded reason."""
    return _("handed back: %(why)s") % {"why": row.reason.name(language())} if row.reason else ""


def language() -> str:
    return get_language() or "id"


def is_late(way: Way) -> bool:
    return way.case.promise_at is not None and way.case.promise_at < way.now


def turn(way: Way, say: Any) -> tuple[Any, ...]:
    """Whose turn it is and the promise."""
    case = way.case
    if case.waiting_for == Case.REPORTER:
        first = (_("Waiting for your answer"), "")
    elif case.waiting_for:
        first = (_("Waiting"), case.reason.name(language()) if case.reason else "")
    else:
        first = (_("The reviewer's turn.") if case.status == AWAITING_REVIEW else _("Their turn now."), "")
    if case.promise_at is None:
        return (first,)
    return (first, (_("Promise:"), _("by %(when)s") % {"when": say(case.promise_at)}))


def rest(way: Way, say: Any, own: bool) -> list[Stop]:
    """Work, review, the city's word, the citizens' word."""
    case = way.case
    order = (IN_PROGRESS, AWAITING_REVIEW, CLOSED)
    place = order.index(case.status) if case.status in order else -1
    if case.status == CLOSED and not way.followups:
        return [Stop(_("Closed without work"), "done", note=case.reason.name(language()) if case.reason else "",
                     at=case.closed_at), citizens_word(case, say, own)]  # fmt: skip
    sent_back = [row for row in way.followups if row.state == FollowUp.SENT_BACK]
    found = [Stop(_("Worked on"), "done")] if sent_back else []
    found += [
        Stop(_("Sent back by the reviewer"), "done", note=why(row), at=row.at, side=True, out=number == 0)
        for number, row in enumerate(sent_back)
    ]
    found.append(step_of_work(way, say, place, again=bool(sent_back)))
    kind = "done" if place > 1 else "now" if place == 1 else "next"
    checked = Stop(_("Checked"), kind, late=place == 1 and is_late(way),
                   here=turn(way, say) if place == 1 else ())  # fmt: skip
    done = Stop(_("Done"), "done" if place == 2 else "next", note=_("says the city"), at=case.closed_at)
    return [*found, checked, done, citizens_word(case, say, own)]


def why(row: FollowUp) -> str:
    review = getattr(row, "review", None)
    return review.reason.name(language()) if review and review.reason else ""


def step_of_work(way: Way, say: Any, place: int, *, again: bool) -> Stop:
    """The present round of work; after a siding the main line is reached again here."""
    case = way.case
    if place == 0:
        name = case.holder.name if case.holder else ""
        note = name
        if case.estimate_on:
            note = _("expected to be done on %(day)s") % {"day": dateformat(case.estimate_on, "l j M")}
        return Stop(
            _("Being worked on"), "now", note=note, here=turn(way, say), late=is_late(way), into=again
        )
    return Stop(_("Worked on"), "done" if place > 0 else "next", into=again)


def citizens_word(case: Case, say: Any, own: bool) -> Stop:
    """Green is the citizen's word alone; silence and contest have words of their own."""
    title = _("Confirmed by citizens")
    if case.status != CLOSED:
        return Stop(title, "next", note=_("you say") if own else "")
    if case.confirmation == "confirmed":
        return Stop(title, "done", yes=True)
    if case.confirmation == "contested":
        return Stop(_("Citizens say: not fixed"), "now", late=True)
    if case.confirmation == "silent":
        return Stop(_("No word from the citizens"), "done")
    here = (
        (
            _("Your turn.") if own else _("The citizens' turn."),
            _("By %(when)s") % {"when": say(case.confirm_by)},
        ),
    )
    return Stop(title, "now", here=here if case.confirm_by else ())


def drawn(case: Case, now: datetime, **options: Any) -> list[dict[str, Any]]:
    """`stops`, as the template's macro takes them."""
    return [stop.drawn() for stop in stops(case, now, **options)]
