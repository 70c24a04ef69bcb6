"""The machine's hints as sentences, by weight, and what was looked at and found in order."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tanggap.followup.evidence import FAR_M, HEAVY
from tanggap.lib import geo
from tanggap.models import Case, Finding, FollowUp, Upload
from tanggap.web.words import duration, metres, when


@dataclass(frozen=True)
class Hint:
    """One line: `kind` bad-find, odd or fine; `title` what was seen, `words` in what; `case` to compare."""

    kind: str
    picture: str
    title: str
    words: str = ""
    case: str = ""


def hints(followup: FollowUp, findings: list[Finding], photos: list[Upload]) -> list[Hint]:
    """Heaviest first; then what is in order, so that silence is never taken for a check."""
    found = [said(row) for row in sorted(findings, key=lambda row: (-row.weight, row.id))]
    if not photos:
        return [Hint("odd", "camera", _("No photo was handed in."), _("Judge by the words alone."))]
    unread = sum(photo.state == Upload.STORED for photo in photos)
    if unread:
        waiting = ngettext("%(num)s photo is being read.", "%(num)s photos are being read.", unread)
        return [*found, Hint("odd", "clock", waiting % {"num": unread}, _("Hints follow within a minute."))]
    codes = {row.code for row in findings}
    return found + [hint for code, hint in fine(followup.case, photos) if code not in codes]


def said(row: Finding) -> Hint:
    kind = "bad-find" if row.weight >= HEAVY else "odd"
    if row.code == "seen_before":
        of = _("The very same file was handed in for %(case)s.") % {"case": row.data.get("case", "")}
        return Hint(kind, "alert", _("This photo was used before."), of, row.data.get("case", ""))
    if row.code == "far_from_place":
        away = _("%(metres)s from the point of the report.") % {"metres": metres(row.data.get("metres", 0))}
        usual = _("Usually within %(metres)s.") % {"metres": metres(FAR_M)}
        return Hint(kind, "pin", away, usual)
    if row.code == "taken_before_start":
        early = _("%(time)s before it began.") % {"time": duration(row.data.get("minutes", 0))}
        return Hint(kind, "clock", _("The photo is older than the work."), early)
    if row.code == "no_position":
        return Hint(kind, "pin", _("The photo does not say where it was taken."), _("Weaker evidence."))
    return Hint(kind, "alert", row.code)


def fine(case: Case, photos: list[Upload]) -> list[tuple[str, Hint]]:
    """Per code of a hint, the line for when it was looked for and not found."""
    compared = _("Compared with every photo handed in so far.")
    rows = [("seen_before", Hint("fine", "check", _("Not used before."), compared))]
    away = [distance(case, photo) for photo in photos]
    if case.lat is not None and all(far is not None and far <= FAR_M for far in away):
        most = metres(max(far or 0 for far in away))
        near = _("%(metres)s from the point of the report.") % {"metres": most}
        rows.append(("far_from_place", Hint("fine", "check", _("Taken at the place."), near)))
    if all(photo.taken_at for photo in photos):
        rows.append(("taken_before_start", Hint("fine", "check", _("Taken after the work began."))))
    return rows


def distance(case: Case, photo: Upload) -> float | None:
    if None in (case.lat, case.lon, photo.lat, photo.lon):
        return None
    return geo.haversine_m(case.lat, case.lon, photo.lat, photo.lon)


def caption(case: Case, photo: Upload, now: datetime) -> str:
    """When and where a photo was taken, as far as it says so."""
    sent = _("sent %(when)s") % {"when": when(photo.at, now)}
    taken = when(photo.taken_at, now) if photo.taken_at else sent
    far = distance(case, photo)
    place = _("no position in it")
    if far is not None:
        place = _("%(metres)s from the point") % {"metres": metres(far)}
    return f"{taken} · {place}"
