"""Times and numbers in words people use, in the reader's language and the city's time zone.

Everything takes aware datetimes (UTC inside) and `now` from the caller, so that a test or a simulated week
reads like the real one. The clock has 24 hours and a point: 15.00.
"""

from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db import DatabaseError
from django.utils.dateformat import format as dateformat
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from tanggap.lib.worktime import Calendar, indonesia
from tanggap.models import City

FALLBACK = ZoneInfo("UTC")  # before the first load, and on an error page while the database is away
MINUTE, HOUR, DAY = 60, 3600, 86400


def city_zone() -> tzinfo:
    try:
        return City.get().zone
    except (DatabaseError, City.DoesNotExist):
        return FALLBACK


@lru_cache(maxsize=8)
def working_calendar(zone: ZoneInfo) -> Calendar:
    return indonesia(zone)


def full_day(calendar: Calendar) -> int:
    """Minutes of one working day."""
    begin, end = calendar.start, calendar.end
    return (end.hour - begin.hour) * 60 + end.minute - begin.minute


def local(moment: datetime) -> datetime:
    return moment.astimezone(city_zone())


def clock(moment: datetime) -> str:
    """ "15.00" """
    return local(moment).strftime("%H.%M")


def when(moment: datetime, now: datetime | None = None) -> str:
    """The exact moment, short: "Sen 23 Nov, 07.58"; another year is said."""
    here = local(moment)
    other_year = now is not None and here.year != local(now).year
    return dateformat(here, "D j M Y, H.i" if other_year else "D j M, H.i")


def day(moment: date | datetime, now: datetime | None = None) -> str:
    """The day in full: "Kamis 26 Nov"; another year is said."""
    here = local(moment) if isinstance(moment, datetime) else moment
    other_year = now is not None and here.year != local(now).year
    return dateformat(here, "l j M Y" if other_year else "l j M")


def by(moment: datetime, now: datetime) -> str:
    """A moment to come, or one just gone: "hari ini, 15.00", "besok, 09.00", "Kamis 26 Nov, 15.00"."""
    days = (local(moment).date() - local(now).date()).days
    near = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}.get(days) or day(moment, now)
    return f"{near}, {clock(moment)}"


def ago(moment: datetime, now: datetime) -> str:
    """ "baru saja", "5 menit lalu", "2 jam lalu", "kemarin", "3 hari lalu", then the day itself."""
    seconds = (now - moment).total_seconds()
    days = (local(now).date() - local(moment).date()).days
    if seconds < MINUTE:
        return _("just now")
    if seconds < HOUR:
        count = int(seconds // MINUTE)
        return ngettext("%(count)s minute ago", "%(count)s minutes ago", count) % {"count": count}
    if days == 0 or seconds < 6 * HOUR:
        count = int(seconds // HOUR)
        return ngettext("%(count)s hour ago", "%(count)s hours ago", count) % {"count": count}
    if days == 1:
        return _("yesterday")
    if days <= 7:
        return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": days}
    return day(moment, now)


def duration(span: float | timedelta, short: bool = False) -> str:
    """Minutes or a timedelta in its two largest units: "1 jam 22 menit", "2 hari 4 jam"; short: "22 mnt"."""
    total = int(span.total_seconds() // 60) if isinstance(span, timedelta) else int(span)
    if total < 1:
        return _("under a minute")
    days, rest = divmod(total, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = []
    if days:
        parts.append(ngettext("%(count)s day", "%(count)s days", days) % {"count": number(days)})
    if hours:
        parts.append(ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours})
    if minutes and not days:
        parts.append(_minutes(minutes, short))
    return " ".join(parts)


def _minutes(count: int, short: bool = False) -> str:
    if short:
        return _("%(count)s min") % {"count": count}
    return ngettext("%(count)s minute", "%(count)s minutes", count) % {"count": count}


def left(due: datetime, now: datetime, working: bool = True) -> str:
    """What remains of a promise: "sisa 3 jam kerja", "sisa 2 hari kerja", "sisa 40 menit", "lewat 5 jam".

    Before its end a promise of working time counts working minutes; once late, the citizen's clock counts.
    """
    if now >= due:
        return _("%(time)s late") % {"time": _largest(now - due)}
    if not working:
        return _("%(time)s left") % {"time": _largest(due - now)}
    calendar = working_calendar(city_zone())
    minutes = int(calendar.between(now, due))
    full = full_day(calendar)
    if minutes >= full:
        days = minutes // full
        return ngettext("%(count)s working day left", "%(count)s working days left", days) % {"count": days}
    if minutes >= 60:
        hours = minutes // 60
        return ngettext("%(count)s working hour left", "%(count)s working hours left", hours) % {
            "count": hours
        }
    return _("%(time)s left") % {"time": _minutes(max(minutes, 1))}


def _largest(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes >= 48 * 60:
        return duration(minutes // (24 * 60) * 24 * 60)
    if minutes >= 60:
        hours = minutes // 60
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    return _minutes(max(minutes, 1))


def nearness(due: datetime, now: datetime, working: bool = True) -> str:
    """How loudly a promise is drawn: "late", "due" (under a working day), or "" (quiet)."""
    if now >= due:
        return "late"
    if working:
        calendar = working_calendar(city_zone())
        return "due" if calendar.between(now, due) < full_day(calendar) else ""
    return "due" if due - now < timedelta(hours=24) else ""


def number(value: float | None, digits: int = 0) -> str:
    """2906 -> "2.906" (en "2,906"); digits after the comma are rounded. Missing is a word."""
    if value is None:
        return _("none yet")
    said = f"{value:,.{digits}f}"
    if (get_language() or "id").startswith("id"):
        said = said.translate(str.maketrans(",.", ".,"))
    return said


def percent(share: float | None, digits: int = 0) -> str:
    """A share of one as "86 %"."""
    return _("none yet") if share is None else f"{number(share * 100, digits)} %"


def metres(distance: float) -> str:
    """ "8 m", "640 m", "1,1 km" """
    if distance < 1000:
        return f"{round(distance)} m"
    return f"{number(distance / 1000, 1)} km"


def size(octets: int) -> str:
    """ "610 kB", "2,1 MB" """
    if octets < 1_000_000:
        return f"{max(1, round(octets / 1000))} kB"
    return f"{number(octets / 1_000_000, 1)} MB"
