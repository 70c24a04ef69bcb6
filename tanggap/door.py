"""The only caller of intake.batch: every way in ends here.

`take` does what is synchronous at a door: words made clean, the area of the point, "outside the city", words of
danger. None of it refuses a report for its place. Everything else is a reaction, within the second.
"""

from collections.abc import Sequence
from datetime import datetime

from tanggap.channels.base import Receipt, Refused, Submission
from tanggap.intake import batch
from tanggap.lib import geo
from tanggap.lib.text import clean
from tanggap.models import City, Reference, Report
from tanggap.triage.locate import at_point
from tanggap.triage.urgency import is_emergency

WORDS_LIMIT = 10_000
SHORT_LIMIT = 300


def take(submissions: Sequence[Submission], now: datetime) -> list[Receipt | Refused]:
    """Store them, committed when this returns. Raises Busy, or the database's error: then nothing was promised."""
    for said in submissions:
        prepare(said)
    return batch.submit(submissions, now)


def prepare(said: Submission) -> Submission:
    """Clean the words and fill what pure functions know; also what imports and the simulator call."""
    said.words = clean(said.words, WORDS_LIMIT)
    said.place = clean(said.place, SHORT_LIMIT)
    said.name = clean(said.name, SHORT_LIMIT)
    known = Reference.get()
    if said.category not in known.categories:
        said.category = ""
    chosen = known.categories.get(said.category)
    if said.visibility not in Report.VISIBILITIES:
        said.visibility = City.get().value("default_visibility", Report.PRIVATE)
    if chosen is not None and chosen.visibility == Report.SECRET:
        said.visibility = Report.SECRET
    point = geo.valid_point(said.lat, said.lon) if said.lat is not None and said.lon is not None else None
    said.lat, said.lon = point or (None, None)
    if point:
        found = at_point(*point)
        said.area, said.outside = found.area, found.outside
    said.emergency = is_emergency(f"{said.words} {said.place}")
    return said
