"""What a caller asked or said: parameters of an address and a form. XML or JSON sent to us is never parsed.

A parameter that is given empty counts as not given. Everything read here is clean and bounded.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from tanggap.api.open311.errors import Problem
from tanggap.lib.text import clean

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
SHORT = 500
LIST = 20_000  # signs of a list of numbers with commas
UNREADABLE = (SuspiciousOperation, BadRequest, UnreadablePostError, MultiPartParserError)
_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,60})?|\.\d{1,60})([eE][+-]?\d{1,2})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+ -]\d\d:?\d\d)?)?",
    re.ASCII,
)
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,100})\](?:\[\])?")
_FIELD = re.compile(r"[A-Za-z_]{1,40}", re.ASCII)
YES, NO = ("true", "1", "yes"), ("false", "0", "no")


def form_of(request: HttpRequest) -> QueryDict:
    """The form of a POST. Raises Problem for any other kind of body, a damaged one and one too long."""
    if not request.content_type and request.META.get("CONTENT_LENGTH") in (None, "", "0"):
        return QueryDict()
    if request.content_type not in FORMS:
        raise Problem(
            _("Send the report as a form: application/x-www-form-urlencoded or multipart/form-data.")
        )
    most = (
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        + settings.DATA_UPLOAD_MAX_NUMBER_FILES * settings.MAX_PHOTO_BYTES
    )
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > most:
        raise Problem((413, _("The request is too long.")))
    try:
        return request.POST
    except UNREADABLE as error:
        raise Problem(_("The form is damaged, too long or has too many fields.")) from error


class Said:
    """Parameters: those of the body go before those of the address (jurisdiction_id comes in either)."""

    def __init__(self, query: QueryDict, form: QueryDict | None = None):
        self.values: dict[str, list[str]] = {name: query.getlist(name) for name in query}
        if form is not None:
            self.values |= {name: form.getlist(name) for name in form}

    def all(self, name: str, limit: int = SHORT) -> list[str]:
        return [told for value in self.values.get(name, ()) if (told := clean(value, limit))]

    def get(self, name: str, limit: int = SHORT) -> str:
        """The last value that isn't empty, or ""."""
        return (self.all(name, limit) or [""])[-1]

    def listed(self, name: str) -> list[str]:
        """Values with commas between."""
        return [part.strip() for part in self.get(name, LIST).split(",") if part.strip()][:1000]

    def number(self, name: str) -> float | None:
        """Raises Problem for what is no finite number: words, NaN, infinity."""
        given = self.get(name)
        if not given:
            return None
        value = number(given)
        if value is None:
            raise Problem(_("%(name)s must be a number with a decimal point.") % {"name": name})
        return value

    def whole(self, name: str) -> int | None:
        given = self.get(name)
        if given and not _WHOLE.fullmatch(given):
            raise Problem(_("%(name)s must be a whole number.") % {"name": name})
        return int(given) if given else None

    def flag(self, name: str) -> bool | None:
        """Yes, no, or None when it isn't said."""
        given = self.get(name).lower()
        if given and given not in YES + NO:
            raise Problem(_("%(name)s must be true or false.") % {"name": name})
        return given in YES if given else None

    def span(self, name: str) -> tuple[datetime, datetime] | None:
        """The moment meant, as what it covers: from, and where it is over (a day, minute or second long)."""
        given = self.get(name)
        if not given:
            return None
        found = covered(given)
        if found is None:
            raise Problem(
                _("%(name)s must be a date and time such as 2026-11-24T00:00:00Z.") % {"name": name}
            )
        return found

    def attributes(self) -> dict[str, list[str]]:
        """attribute[CODE]=a, repeated or with [], as code -> values."""
        found: dict[str, list[str]] = {}
        for name in self.values:
            match = _ATTRIBUTE.fullmatch(name)
            if match and (values := self.all(name, 4000)):
                found.setdefault(match[1], []).extend(values)
        return found

    def unknown(self, known: Iterable[str]) -> list[str]:
        """Names of fields nobody here knows, for the log: names only, and only plain ones."""
        names = (name for name in self.values if name not in known and not _ATTRIBUTE.fullmatch(name))
        return sorted(name if _FIELD.fullmatch(name) else "?" for name in names)[:20]

    def body(self, without: Iterable[str], files: Mapping[str, list[str]]) -> bytes:
        """All that was said, always written alike: a multipart body has another boundary each time."""
        said = {name: self.values[name] for name in sorted(self.values) if name not in without}
        return json.dumps([said, {name: files[name] for name in sorted(files)}]).encode()


def number(given: str) -> float | None:
    """A finite number with a decimal point, else None: no words, NaN or infinity, however written."""
    if not _NUMBER.fullmatch(given):
        return None
    value = float(given)
    return value if math.isfinite(value) else None


def covered(given: str) -> tuple[datetime, datetime] | None:
    """A W3C date or date and time as (from, to). Without a zone it is UTC, as all times we give are; a plus
    sign that became a space in an address is understood. None for what is no moment between 1900 and 2200."""
    match = _MOMENT.fullmatch(given)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    clock = [int(part or 0) for part in (hour, minute, second)]
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        local = datetime(int(year), int(month), int(day), *clock, micro, tzinfo=zone_of(zone))
        at = local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if not 1900 <= at.year < 2200:
        return None
    return at, at + how_long(hour, second, fraction)


def how_long(hour: str | None, second: str | None, fraction: str | None) -> timedelta:
    """What a moment covers: the less of it is said, the more."""
    if hour is None:
        return timedelta(days=1)
    if second is None:
        return timedelta(minutes=1)
    return timedelta(microseconds=1) if fraction else timedelta(seconds=1)


def zone_of(text: str | None) -> timezone:
    if text in (None, "Z"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
