"""What was said, newest first: the reporter's own words, the letters, the work's statement."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tanggap.models import City, FollowUp, Letter, Message, Upload
from tanggap.web.marks import masked

from .pictures import small
from .seen import Seen, opened

# a conversation between one citizen and an officer: nobody else reads it, not even on a public report
BETWEEN_TWO = frozenset({"asked", "told"})
MOST = 200


@dataclass
class Said:
    """One thing that was said. `text`: words, or marked-up masked words."""

    who: str
    at: datetime
    text: Any
    mine: bool = False
    state: str = ""
    photos: list[dict[str, Any]] = field(default_factory=list)


def news(seen: Seen) -> list[Said]:
    found = [first_words(seen), *letters(seen)]
    if seen.own:
        found += [*messages(seen), *statements(seen)]
    return sorted((one for one in found if one.text), key=lambda one: one.at, reverse=True)


def first_words(seen: Seen) -> Said:
    """The report itself: to its reporter as it was written, to others masked."""
    report = seen.report
    if seen.own:
        via = _("by %(channel)s") % {"channel": report.channel.name}
        return Said(_("You"), report.said_at, opened(report, report.words_sealed), mine=True, state=via)
    return Said(_("A citizen"), report.said_at, masked(report.words), mine=True)


def letters(seen: Seen) -> list[Said]:
    rows = Letter.objects.filter(report=seen.report).select_related("sender").order_by("-id")
    if not seen.own:
        rows = rows.exclude(code__in=BETWEEN_TWO)
    states = {
        Letter.READ: _("read"),
        Letter.BY_HAND: _("told by an officer"),
        Letter.FAILED: _("not delivered"),
    }
    city = City.get().short
    return [
        Said(row.sender.label if row.sender else city, row.at, row.text, state=states.get(row.state, ""))
        for row in rows[:MOST]
    ]


def messages(seen: Seen) -> list[Said]:
    """What the reporter added later, as it was written, with its photos."""
    rows = list(Message.objects.filter(report=seen.report, note=False).order_by("-id")[:MOST])
    photos: dict[int, list[dict[str, Any]]] = {}
    for row in Upload.objects.filter(message__in=rows).order_by("id"):
        photos.setdefault(row.message_id, []).append(small(row, seen))
    return [
        Said(
            _("You"), row.at, opened(seen.report, row.words_sealed), mine=True, photos=photos.get(row.id, [])
        )
        for row in rows
    ]


def statements(seen: Seen) -> list[Said]:
    """How those who did the work describe it, once a reviewer has accepted it."""
    rows = FollowUp.objects.filter(case=seen.case, state=FollowUp.ACCEPTED).select_related("agency")
    return [Said(row.agency.label, row.at, row.words, state=_("about the work")) for row in rows]
