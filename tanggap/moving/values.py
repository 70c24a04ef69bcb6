"""What a cell of an old system's file may hold, and what it becomes. What is wrong is Bad, with the reason."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tanggap.lib import geo, phone, text

EARLIEST, LATEST = 1990, 2200
# a spreadsheet counts days from here; 1900 was no leap year, which this day makes up for
SERIAL_BEGIN = datetime(1899, 12, 30, tzinfo=UTC)
SERIAL = re.compile(r"[2-6]\d{4}(?:[.,]\d{1,15})?")
EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
CLOCK = (
    r"(?:[T ,]+(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?)?"
)
OFFSET = r"\s*(?P<zone>Z|UTC|WIB|WITA|WIT|[+-]\d{2}:?\d{2})?"
ISO = re.compile(r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})" + CLOCK + OFFSET, re.I)
DIVIDED = re.compile(r"(?P<one>\d{1,2})[-/. ](?P<other>\d{1,2})[-/. ](?P<year>\d{4})" + CLOCK + OFFSET, re.I)
SPOKEN = re.compile(
    r"(?:[a-z']+,\s*)?(?P<day>\d{1,2})[-/ ](?P<name>[a-z]{3,9})\.?[-/ ](?P<year>\d{4})" + CLOCK + OFFSET, re.I
)
MONTHS = {
    "jan": 1, "feb": 2, "peb": 2, "mar": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6, "jul": 7, "agu": 8, "agt": 8,
    "ags": 8, "aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "nop": 11, "des": 12, "dec": 12,
}  # fmt: skip
ZONES = {"Z": 0, "UTC": 0, "WIB": 7, "WITA": 8, "WIT": 9}
EXCEL_ERROR = re.compile(r"#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|#+)")
WRAPPED = re.compile(r'="([^"]*)"')
SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?E\+?\d+", re.I)
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
MOBILE = re.compile(r"(?:\+?62|0)(8\d{8,10})")
LOOSE = str.maketrans("", "", " .-()")
NUMBER = re.compile(r"[A-Z0-9][A-Z0-9._-]*")
NUMBER_LIMIT = 32


class Bad(ValueError):
    """A cell that can't be taken; its words are the reason, for whoever has the file in hand."""


def told(given: str) -> str:
    """A cell as a reason repeats it: short, and without what turns lines."""
    said = " ".join(text.clean(given, 60).split())
    return f"“{said[:40]}…”" if len(said) > 40 else f"“{said}”"


# ---- times ----


@dataclass(frozen=True)
class Times:
    """How the file writes times: in which zone, and whether 03/04 is a day in April or in March."""

    zone: ZoneInfo
    month_first: bool = False

    def read(self, given: str) -> datetime:
        """A moment in UTC. Raises Bad."""
        found = self.serial(given) or self.epoch(given) or self.dated(given)
        if found is None:
            raise Bad(f"{told(given)} is no time; write 2025-05-31 14:05")
        if found.year < EARLIEST:
            raise Bad(f"{told(given)} would be the year {found.year}")
        return found

    def serial(self, given: str) -> datetime | None:
        if not SERIAL.fullmatch(given):
            return None
        days = SERIAL_BEGIN + timedelta(seconds=round(float(given.replace(",", ".")) * 86_400))
        return days.replace(tzinfo=self.zone).astimezone(UTC)  # written by a clock of the city

    def epoch(self, given: str) -> datetime | None:
        if not EPOCH.fullmatch(given):
            return None
        return datetime.fromtimestamp(int(given) / (1000 if len(given) > 10 else 1), UTC)

    def dated(self, given: str) -> datetime | None:
        if found := ISO.fullmatch(given):
            return self.made(given, found, int(found["month"]), int(found["day"]))
        if found := DIVIDED.fullmatch(given):
            one, other = int(found["one"]), int(found["other"])
            day, month = (other, one) if self.month_first else (one, other)
            if month > 12 and day <= 12:
                other_way = "day first" if self.month_first else "month first"
                raise Bad(
                    f'{told(given)} has no month {month}; if the file writes it so, set dates = "{other_way}"'
                )
            return self.made(given, found, month, day)
        if found := SPOKEN.fullmatch(given):
            return self.made(given, found, MONTHS.get(found["name"][:3].lower(), 0), int(found["day"]))
        return None

    def made(self, given: str, found: re.Match, month: int, day: int) -> datetime:
        if not EARLIEST <= int(found["year"]) < LATEST:
            raise Bad(f"{told(given)} would be the year {int(found['year'])}")
        hour, half = int(found["hour"] or 0), (found["half"] or "")[:1].lower()
        if half:
            hour = hour % 12 + (12 if half == "p" else 0)
        clock = hour, int(found["minute"] or 0), int(found["second"] or 0)
        try:
            at = datetime(int(found["year"]), month, day, *clock, tzinfo=UTC)
        except ValueError:
            raise Bad(f"{told(given)} is on no calendar") from None
        if found["zone"]:
            return at - ahead(found["zone"])
        return at.replace(tzinfo=self.zone).astimezone(UTC)


def ahead(zone: str) -> timedelta:
    """How far a written zone is ahead of UTC."""
    name = zone.upper()
    if name in ZONES:
        return timedelta(hours=ZONES[name])
    far = timedelta(hours=int(name[1:3]), minutes=int(name[-2:]))
    if far > timedelta(hours=14):
        raise Bad(f"{told(zone)} is no zone")
    return far if name[0] == "+" else -far


# ---- numbers, points, people ----


def number(given: str, prefix: str = "", replace: dict[str, str] | None = None) -> str:
    """The old number as it is kept: in capitals, as all numbers are written. Raises Bad."""
    if SCIENTIFIC.fullmatch(given) and "E" in given.upper() and "+" in given:
        raise Bad(
            f"{told(given)} was a longer number before a spreadsheet rounded it; export that column as text"
        )
    kept = given
    for one, other in (replace or {}).items():
        kept = kept.replace(one, other)
    kept = (prefix + kept).upper()
    if not NUMBER.fullmatch(kept):
        raise Bad(
            f"{told(given)}: a number is letters, digits and . _ -; the mapping can replace other signs"
        )
    if len(kept) > NUMBER_LIMIT:
        raise Bad(f"{told(given)} has {len(kept)} signs, at most {NUMBER_LIMIT} fit")
    return kept


def degrees(given: str) -> float:
    """A number of degrees, with a point or a comma; NaN where it is none."""
    try:
        return float(given.replace(",", ".") if given.count(",") == 1 and "." not in given else given)
    except ValueError:
        return math.nan


def point(lat: str, lon: str) -> tuple[float, float] | None:
    """The point, None where neither is given. Raises Bad for what is no point on earth, or null island."""
    if not lat and not lon:
        return None
    pair = degrees(lat), degrees(lon)
    if geo.valid_point(*pair) is None and geo.valid_point(pair[1], pair[0]) is None:
        raise Bad(f"{told(lat)}, {told(lon)} is no point on earth")
    if abs(pair[0]) < 0.01 and abs(pair[1]) < 0.01:
        raise Bad("(0, 0) lies in the ocean: an empty point, as programs write it")
    return pair


def telephone(given: str) -> str:
    if usual := MOBILE.fullmatch(given.translate(LOOSE)):
        return f"+62{usual[1]}"  # what nearly all are, without a library's look
    try:
        return phone.parse(given)
    except phone.BadPhone as error:
        raise Bad(f"this is no telephone number ({error.code})") from None


def email(given: str) -> str:
    if not EMAIL.fullmatch(given):
        raise Bad("this is no e-mail address")
    return given.lower()


# ---- codes and names ----


def plain(name: str) -> str:
    """A name as people mean it: without case, signs and spaces, so that KALI BARU is Kalibaru."""
    return "".join(text.words(name))


class Names:
    """The rows of one kind by code and by name; the mapping's own words go before both. `*` there is for the rest."""

    def __init__(self, what: str, rows: Iterable[tuple[Any, Iterable[str]]], mapped: dict[str, Any],
                 alike: Callable[[str], str] = plain):  # fmt: skip
        self.what, self.alike, self.rest = what, alike, mapped.get("*")
        self.mapped = {alike(word): row for word, row in mapped.items() if word != "*"}
        self.named: dict[str, list[Any]] = {}
        for row, names in rows:
            for name in {alike(name) for name in names if name}:
                self.named.setdefault(name, []).append(row)

    def find(self, given: str, fits: Callable[[Any], bool] | None = None) -> Any:
        """The row meant. Raises Bad for an unknown word, and for a name that several bear."""
        word = self.alike(given)
        if word in self.mapped:
            return self.mapped[word]
        found = [row for row in self.named.get(word, ()) if fits is None or fits(row)]
        if len(found) == 1:
            return found[0]
        if not found and self.rest is not None:
            return self.rest
        if found:
            raise Bad(f"{told(given)} names {len(found)} of them; give the code")
        raise Bad(f"{told(given)} is not known here; add it to [{self.what}] of the mapping")
