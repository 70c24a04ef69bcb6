"""One row of an old system's file, understood: codes found, times in order, the place known. Nothing here writes."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from tanggap.lib import geo, text
from tanggap.models import Agency, AgencyKind, Area, Category, Channel, City, Reference, Report, Resolution
from tanggap.models.agency import Dated
from tanggap.moving import values
from tanggap.moving.mapping import BadMapping, Mapping
from tanggap.moving.source import Row
from tanggap.moving.values import Bad, Names, Times, told
from tanggap.triage.locate import Place, at_point, in_words
from tanggap.workflow import DELEGATE, HANDOVERS, REFER, RETURN, ROUTE

NEW, ASSIGNED, IN_PROGRESS, AWAITING_REVIEW, SENT_BACK, CLOSED, REJECTED = STATUSES = (
    "new", "assigned", "in_progress", "awaiting_review", "sent_back", "closed", "rejected",
)  # fmt: skip
# the words of Jakarta's own systems, and those that other cities use for the same
WORDS = {
    "menunggu": ASSIGNED, "koordinasi": ASSIGNED, "disposisi": ASSIGNED, "diteruskan": ASSIGNED, "open": ASSIGNED,
    "proses": IN_PROGRESS, "dikerjakan": IN_PROGRESS, "dalam proses": IN_PROGRESS, "sedang dikerjakan": IN_PROGRESS,
    "ews": IN_PROGRESS, "menunggu validasi": AWAITING_REVIEW, "validasi": AWAITING_REVIEW,
    "verifikasi": AWAITING_REVIEW, "tl ditolak": SENT_BACK, "selesai": CLOSED, "done": CLOSED, "ditolak": REJECTED,
    "baru": NEW,
}  # fmt: skip
ENCODE = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode
UNREAD = datetime.min.replace(tzinfo=UTC)
WORDS_LIMIT, PLACE_LIMIT, NAME_LIMIT = 8000, 300, 300
MOST_HANDS, MOST_PHOTOS = 60, 10
FORMULA = re.compile(r"[=@][A-Za-z]+\(|=\S")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
GIVEN_OUT = re.compile(r"(\d{6})(\d{4,9})")


@dataclass(frozen=True)
class Hand:
    """One hand-over of the old system."""

    at: datetime
    agency: Agency
    kind: str


@dataclass
class Old:
    """A case of the old system in our words. `words`, `place`, `name` and `contacts` are a citizen's own."""

    row: Row
    number: str
    body: bytes  # the cells, as they are kept for a while
    status: str = ""
    opened_at: datetime = UNREAD
    words: str = ""
    place: str = ""
    category: Category | None = None
    channel: Channel | None = None
    visibility: str = Report.PRIVATE
    lat: float | None = None
    lon: float | None = None
    located: Place = field(default_factory=Place)
    hands: list[Hand] = field(default_factory=list)
    started_at: datetime | None = None
    submitted_at: datetime | None = None
    closed_at: datetime | None = None
    end_known: bool = True
    estimate_on: date | None = None
    resolution: str = ""
    reason: str | None = None
    answer: str = ""
    confirmation: str = ""
    stars: int | None = None
    name: str = ""
    contacts: list[tuple[str, str]] = field(default_factory=list)
    language: str = "id"
    photos: list[tuple[str, str]] = field(default_factory=list)  # moment, name of the file
    notes: list[str] = field(default_factory=list)

    @property
    def area(self) -> Area | None:
        return Reference.get().areas.get(self.located.area)

    @property
    def over(self) -> bool:
        return self.status in (CLOSED, REJECTED)

    @property
    def digest(self) -> bytes:
        """The same words, the same digest, in whatever order the columns stand."""
        return hashlib.sha256(self.body).digest()

    def last_known(self) -> datetime:
        """The last time that the row tells of."""
        times = [hand.at for hand in self.hands] + [self.opened_at, self.started_at, self.submitted_at]
        return max(at for at in times if at is not None)


class Wrong(Exception):
    """A row that can't be taken: in which column, and why."""

    def __init__(self, column: str, reason: str):
        super().__init__(f"{column}: {reason}" if column else reason)
        self.column, self.reason = column, reason


def plain_status(word: str) -> str:
    return " ".join(text.words(word.replace("_", " ")))


def area_name(name: str) -> str:
    """Without "Kelurahan" before it; a kelurahan called Kelapa keeps its Kel."""
    return values.plain(re.sub(r"(?i)^(?:kelurahan|kel\.|kel|desa)\s+|^kel\.", "", name.strip()))


class Reader:
    """Understands rows: what the city's reference data and the mapping say is looked up once."""

    def __init__(self, mapping: Mapping, now: datetime):
        self.mapping, self.now, self.city, self.known = mapping, now, City.get(), Reference.get()
        self.times = Times(self.city.zone, mapping.month_first)
        self.today = now.astimezone(self.city.zone).date()
        self.resolutions = {row.code: row for row in Resolution.objects.all()}
        known = self.known
        self.status = Names("status", [(word, [word]) for word in STATUSES] + [(code, [word]) for word, code
                            in WORDS.items()], self.mapped("status", dict(zip(STATUSES, STATUSES, strict=True))),
                            plain_status)  # fmt: skip
        self.category = self.names(
            "category", known.categories, lambda row: (row.code, row.name_id, row.name_en)
        )
        offices = {code: row for code, row in known.agencies.items() if row.kind_id != AgencyKind.PARTNER}
        self.agency = self.names("agency", offices, lambda row: (row.code, row.name, row.short))
        kelurahan = {code: row for code, row in known.areas.items() if row.level == Area.KELURAHAN}
        self.area = self.names("area", kelurahan, lambda row: (row.code, row.name, *row.aliases), area_name)
        self.channel = self.names("channel", known.channels, lambda row: (row.code, row.name))
        self.resolution = self.names(
            "resolution", self.resolutions, lambda row: (row.code, row.name_id, row.name_en)
        )
        self.reasons = self.names("reason", known.reasons, lambda row: (row.code, row.name_id, row.name_en))
        visible = {word: word for word in Report.VISIBILITIES}
        self.visibility = self.names("visibility", visible, lambda row: (row,))
        self.said = self.names("confirmation", {word: word for word in (Report.CONFIRMED, Report.SILENT)},
                               lambda row: (row,))  # fmt: skip
        self.default_channel = self.found_default("channel", known.channels, "web")
        self.default_visibility = self.found_default("visibility", visible, Report.PRIVATE)

    def names(self, what: str, rows: dict[str, Any], by: Callable[[Any], Any],
              alike: Callable[[str], str] = values.plain) -> Names:  # fmt: skip
        return Names(what, [(row, by(row)) for row in rows.values()], self.mapped(what, rows), alike)

    def mapped(self, what: str, rows: dict[str, Any]) -> dict[str, Any]:
        """The mapping's table with rows instead of codes. Raises BadMapping for a code that does not exist."""
        found = {}
        for word, code in self.mapping.table(what).items():
            if code not in rows:
                raise BadMapping(f"{self.mapping.file}, [{what}] {word!r}: there is no {what} {code!r} here")
            found[word] = rows[code]
        return found

    def found_default(self, what: str, rows: dict[str, Any], code: str) -> Any:
        given = self.mapping.defaults.get(what, code)
        if given not in rows:
            raise BadMapping(f"{self.mapping.file}, [defaults] {what}: there is no {what} {given!r} here")
        return rows[given]

    # ---- one row ----

    def read(self, row: Row) -> Old:
        """Raises Wrong."""
        if row.problem:
            raise Wrong("", row.problem)
        cells = {name: unwrapped(value) for name, value in row.cells.items()}
        for name, value in cells.items():
            if values.EXCEL_ERROR.fullmatch(value):
                raise Wrong(name, f"{told(value)} is a spreadsheet's error, not a value")
        cell = Cells(cells)
        old = Old(row, cell.need("number", self.number), ENCODE(row.cells).encode("utf-8", "replace"))
        old.status = cell.need("status", self.status.find)
        old.opened_at = cell.need("opened_at", self.past)
        self.read_words(old, cell)
        old.category = cell.read("category", self.category.find)
        old.channel = cell.read("channel", self.channel.find) or self.default_channel
        old.visibility = cell.read("visibility", self.visibility.find) or self.default_visibility
        if old.category is not None and old.category.visibility == Report.SECRET:
            old.visibility = Report.SECRET  # a matter that is secret by itself, whatever was chosen
        if not old.words and old.category is None:
            raise Wrong("words", "neither words nor a category: nobody could know what this is about")
        self.read_place(old, cell)
        self.read_hands(old, cell)
        self.read_times(old, cell)
        self.read_end(old, cell)
        self.read_person(old, cell)
        old.photos = [("before", name) for name in listed(cell.words("photos"))]
        old.photos += [("after", name) for name in listed(cell.words("photos_after"))]
        self.check_order(old)
        return old

    def number(self, given: str) -> str:
        found = values.number(given, self.mapping.number_prefix, self.mapping.number_replace)
        day = own_day(found, self.city.prefix)
        if day and day[0] >= self.today:
            raise Bad(
                f"{told(found)} would be one of this city's own numbers of a day that is not over; give a prefix"
            )
        return found

    def past(self, given: str) -> datetime:
        at = self.times.read(given)
        if at > self.now:
            raise Bad(f"{told(given)} lies in the future")
        return at

    def read_words(self, old: Old, cell: "Cells") -> None:
        for name, limit in (("words", WORDS_LIMIT), ("place", PLACE_LIMIT), ("answer", WORDS_LIMIT)):
            given = cell.words(name)
            kept = text.clean(given, limit)
            setattr(old, name, kept)
            if CONTROL.search(given):
                old.notes.append(f"{name}: control signs (such as NUL) were left out")
            if len(given) > limit + 20 and len(kept) >= limit - 20:
                old.notes.append(f"{name}: {len(given)} signs, the first {limit} were taken")
            if FORMULA.match(given):
                old.notes.append(f"{name}: begins like a formula; taken as words")

    def read_place(self, old: Old, cell: "Cells") -> None:
        area = self.read_area(cell)
        try:
            point = values.point(cell.words("lat"), cell.words("lon"))
        except Bad as error:
            point = None
            old.notes.append(f"lat, lon: {error}; the case comes without a point")
        if point is not None:
            found, point = self.placed(old, point)
            old.located = found
            if point and (not found.outside or area is None):
                old.lat, old.lon = point
        if area is not None:
            if old.located.outside:
                old.notes.append(
                    f"lat, lon: the point is outside the city, the area is {area.name}; no point is kept"
                )
            old.located = Place(area.code, how="words")
        elif point is None:
            old.located = in_words(f"{old.place} . {old.words}")

    def placed(self, old: Old, point: tuple[float, float]) -> tuple[Place, tuple[float, float]]:
        """Where a point lies; one whose degrees were swapped is put right."""
        found, (lat, lon) = at_point(*point), point
        if found.area and is_swapped(self.known.areas[found.area], lat, lon):
            old.notes.append("lat, lon: swapped; put right")
            return found, (lon, lat)
        if found.outside:
            old.notes.append(f"lat, lon: outside the city ({found.outside})")
        return found, (lon, lat) if abs(lat) > 90 else point

    def read_area(self, cell: "Cells") -> Area | None:
        district = values.plain(re.sub(r"(?i)^kec(?:amatan|\.)\s*", "", cell.words("district")))

        def lies_there(area: Area) -> bool:
            return not district or area.parent is None or values.plain(area.parent.name) == district

        return cell.read("area", lambda given: self.area.find(given, lies_there))

    # ---- hand-overs ----

    def read_hands(self, old: Old, cell: "Cells") -> None:
        given = cell.words("handovers")
        if given:
            for part in [part.strip() for part in given.split("|") if part.strip()]:
                try:
                    old.hands.append(self.hand(part, old.hands))
                except Bad as error:
                    raise Wrong("handovers", str(error)) from None
            if len(old.hands) > MOST_HANDS:
                raise Wrong("handovers", f"{len(old.hands)} hand-overs, at most {MOST_HANDS} fit")
        agency = cell.read("agency", self.agency.find)
        if agency is not None and old.hands and old.hands[-1].agency.id != agency.id:
            raise Wrong("agency", f"{agency.name}, but the last hand-over was to {old.hands[-1].agency.name}")
        if agency is not None and not old.hands:
            self.hand_first(old, agency)
        if old.status == NEW and old.hands:
            old.status = ASSIGNED
        if not old.over and old.hands and not holds(old.hands[-1].agency, self.today):
            name = old.hands[-1].agency.name
            raise Wrong(
                "agency", f"{name} has ended, and the case is open: name the one that has its work now"
            )

    def hand_first(self, old: Old, agency: Agency) -> None:
        """Only who holds it now is known. A kelurahan's case came to it at once; another's came by the kelurahan of
        the place, at a time that nobody wrote down: the case's first."""
        office = self.known.office.get(old.area.code) if old.area else None
        if office is not None and office.id != agency.id and old.visibility != Report.SECRET:
            old.hands = [Hand(old.opened_at, office, ROUTE), Hand(old.opened_at, agency, REFER)]
        else:
            old.hands = [Hand(old.opened_at, agency, ROUTE)]

    def hand(self, part: str, before: list[Hand]) -> Hand:
        fields = [piece.strip() for piece in part.split(">")]
        if len(fields) not in (2, 3):
            raise Bad(f"{told(part)}: write time > agency, or time > agency > kind")
        at, agency = self.past(fields[0]), self.agency.find(fields[1])
        kind = fields[2].lower() if len(fields) == 3 else kind_of(agency, before)
        if kind not in HANDOVERS:
            raise Bad(f"{told(kind)} is none of {', '.join(HANDOVERS)}")
        return Hand(at, agency, kind)

    # ---- times, end, person ----

    def read_times(self, old: Old, cell: "Cells") -> None:
        old.started_at = cell.read("started_at", self.past)
        old.submitted_at = cell.read("submitted_at", self.past)
        old.closed_at = cell.read("closed_at", self.past)
        estimate = cell.read("estimate_on", self.times.read)
        old.estimate_on = estimate.astimezone(self.city.zone).date() if estimate else None
        if not old.over and old.closed_at is not None:
            raise Wrong("closed_at", "the case is open, but has a closing time")
        if old.over and old.closed_at is None:
            if self.mapping.defaults.get("closed_at") != "last":
                raise Wrong(
                    "closed_at", 'a closed case needs its time; or set closed_at = "last" in [defaults]'
                )
            old.closed_at, old.end_known = old.last_known(), False
            old.notes.append(
                "closed_at: not given; the last time known is taken, and no promise is judged by it"
            )

    def read_end(self, old: Old, cell: "Cells") -> None:
        resolution = cell.read("resolution", self.resolution.find)
        reason = cell.read("reason", self.reasons.find)
        old.reason = reason.code if reason else None
        if old.status == REJECTED:
            old.resolution = "rejected"
        elif old.status in (CLOSED, AWAITING_REVIEW, SENT_BACK):
            old.resolution = resolution.code if resolution else "fixed"
        elif resolution is not None:
            raise Wrong("resolution", "the case is open and nothing was handed in")
        if old.status == CLOSED:
            old.confirmation = cell.read("confirmation", self.said.find) or ""
            old.stars = cell.read("stars", stars) if old.confirmation == Report.CONFIRMED else None

    def read_person(self, old: Old, cell: "Cells") -> None:
        old.name = text.clean(cell.words("name"), NAME_LIMIT)
        for kind, read in (("phone", values.telephone), ("email", values.email)):
            if given := cell.words(kind):
                try:
                    old.contacts.append((kind, read(given)))
                except Bad as error:
                    old.notes.append(f"{kind}: {error}; the case comes without it")
        language = cell.words("language") or self.mapping.defaults.get("language", "id")
        old.language = "en" if language.lower().startswith("en") else "id"

    def check_order(self, old: Old) -> None:
        """Nothing before the first word, nothing after the end, hand-overs in their order."""
        before, name = old.opened_at, "opened_at"
        for number, hand in enumerate(old.hands, 1):
            if hand.at < before:
                raise Wrong("handovers", f"number {number} is earlier than {name}")
            before, name = hand.at, f"number {number}"
        first, last = old.opened_at, old.opened_at
        for column in ("started_at", "submitted_at", "closed_at"):
            at = getattr(old, column)
            if at is not None and at < max(first, last):
                raise Wrong(column, f"{at:%Y-%m-%d %H:%M} UTC is earlier than what came before it")
            last = at or last
        if old.closed_at is not None and old.hands and old.hands[-1].at > old.closed_at:
            raise Wrong("handovers", "the last one is later than closed_at")


@dataclass(frozen=True)
class Cells:
    """The cells of a row; what a column's reader refuses is Wrong in that column."""

    values: dict[str, str]

    def words(self, name: str) -> str:
        return self.values.get(name, "")

    def read(self, name: str, read: Callable[[str], Any]) -> Any:
        given = self.words(name)
        if not given:
            return None
        try:
            return read(given)
        except Bad as error:
            raise Wrong(name, str(error)) from None

    def need(self, name: str, read: Callable[[str], Any]) -> Any:
        found = self.read(name, read)
        if found is None:
            raise Wrong(name, "it is empty")
        return found


def is_swapped(area: Area, lat: float, lon: float) -> bool:
    """Whether the area lies nearer to the point with its degrees the other way round."""
    if abs(lat) > 90:
        return True
    here, there = (
        geo.haversine_m(*pair, area.label_lat, area.label_lon) for pair in ((lat, lon), (lon, lat))
    )
    return there < here


def unwrapped(value: str) -> str:
    """="00123", as programs write it so that a spreadsheet keeps the zeros."""
    found = values.WRAPPED.fullmatch(value)
    return found[1].strip() if found else value


def listed(given: str) -> list[str]:
    return [name.strip() for name in given.split("|") if name.strip()]


def stars(given: str) -> int:
    if given not in ("1", "2", "3", "4", "5"):
        raise Bad(f"{told(given)} is no number of stars from 1 to 5")
    return int(given)


def holds(row: Dated, day: date) -> bool:
    return row.valid_to is None or day < row.valid_to


def kind_of(agency: Agency, before: list[Hand]) -> str:
    """How a hand-over is called whose kind nobody wrote: from what the two are to each other."""
    if not before:
        return ROUTE
    if agency.parent_id == before[-1].agency.id:
        return DELEGATE
    return RETURN if any(hand.agency.id == agency.id for hand in before[:-1]) else REFER


def own_day(number: str, prefix: str) -> tuple[date, int] | None:
    """Of a number that has the form of this city's own: its day and its place on that day."""
    found = GIVEN_OUT.fullmatch(number.removeprefix(prefix)) if number.startswith(prefix) else None
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], "%y%m%d").date(), int(found[2])
    except ValueError:
        return None
