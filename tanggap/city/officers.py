"""`officers.csv`: everybody who works with Tanggap, a line for each role. Read strictly; refused whole."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tanggap.city.files import BadFile, Column, Row, code, day, one_of, read_table, reference, words
from tanggap.models import Agency, AgencyKind, Membership, Officer, Role
from tanggap.people.bulk import BadLine, Wanted

FORMULA = ("=", "+", "-", "@")
EXCEL_BEGAN = date(1899, 12, 30)  # Excel counts days from here


def plain(read: Any) -> Any:
    """What a spreadsheet would work out instead of show is no value."""

    def checked(given: str) -> Any:
        if given.startswith(FORMULA):
            raise ValueError(f"{given[:40]!r} begins like a formula; write the plain value")
        return read(given)

    return checked


def a_day(given: str) -> date | None:
    """A day, or why a spreadsheet's way of writing it won't do."""
    if given.isascii() and given.isdecimal() and len(given) == 5:
        meant = EXCEL_BEGAN + timedelta(days=int(given))
        raise ValueError(f"{given!r} is Excel's number for {meant}; write that day")
    return day(given)


def address(given: str) -> str:
    if given:
        try:
            validate_email(given)
        except ValidationError:
            raise ValueError(f"{given!r} is no e-mail address") from None
        if len(given) > 254:
            raise ValueError(f"{len(given)} signs, at most 254 fit")
    return given


COLUMNS = (
    Column("username", plain(code(80))),
    Column("name", plain(words(120, empty=False))),
    Column("email", plain(address)),
    Column("language", plain(one_of("", *dict(settings.LANGUAGES)))),
    Column("agency", plain(reference)),
    Column("role", plain(reference)),
    Column("from", plain(a_day)),
    Column("to", plain(a_day)),
    Column("deputy_for", plain(reference)),
)


def read(path: Path) -> list[Wanted]:
    """The lines of a list, each well-formed and all of them fitting together and to the city. Raises BadFile."""
    rows = read_table(path, COLUMNS)
    if not rows:
        raise BadFile(path.name, 0, "", "no officer stands in it")
    one_person_each(rows)
    once(rows)
    one_side_each(rows)
    agencies, roles = (
        {row.code: row for row in Agency.objects.all()},
        {row.code: row for row in Role.objects.all()},
    )
    known = {row["username"] for row in rows}
    absent = {row["deputy_for"] for row in rows if row["deputy_for"]}
    known |= set(Officer.objects.filter(username__in=absent).values_list("username", flat=True))
    return [wanted(row, agencies, roles, known) for row in rows]


def one_person_each(rows: list[Row]) -> None:
    """The same user name is the same person, described the same in each line."""
    first: dict[str, Row] = {}
    for row in rows:
        before = first.setdefault(row["username"], row)
        for column in ("name", "email", "language"):
            if row[column] != before[column]:
                reason = (
                    f"{row[column]!r}, but line {before.line} says {before[column]!r} for {row['username']!r}"
                )
                raise row.bad(column, reason)


def once(rows: list[Row]) -> None:
    seen: dict[tuple, int] = {}
    for row in rows:
        key = tuple(row[name] for name in ("username", "agency", "role", "deputy_for", "from"))
        if key in seen:
            raise row.bad("username", f"the same username, agency, role and from as in line {seen[key]}")
        seen[key] = row.line


def wanted(row: Row, agencies: dict[str, Agency], roles: dict[str, Role], known: set[str]) -> Wanted:
    for column, rows in (("agency", agencies), ("role", roles), ("deputy_for", known)):
        if row[column] and row[column] not in rows:
            told = {"agency": "agency of this city", "role": "role", "deputy_for": "officer"}[column]
            raise row.bad(column, f"{row[column]!r} is no {told}")
    if bool(row["agency"]) != bool(row["role"]):
        missing = "role" if row["agency"] else "agency"
        raise row.bad(missing, "it is empty; agency and role go together")
    check_side(row, agencies)
    if row["deputy_for"] and not (row["agency"] and row["to"]):
        raise row.bad("to", "a deputy stands in at an agency, and until a day")
    if row["deputy_for"] == row["username"]:
        raise row.bad("deputy_for", "nobody stands in for themselves")
    if row["to"] and row["from"] and row["to"] <= row["from"]:
        raise row.bad("to", f"{row['to']} is not after from ({row['from']})")
    return Wanted(
        row.line, row["username"], row["name"], row["email"], row["language"] or settings.LANGUAGE_CODE,
        agencies.get(row["agency"] or ""), roles.get(row["role"] or ""), row["from"], row["to"],
        row["deputy_for"] or "",
    )  # fmt: skip


def check_side(row: Row, agencies: dict[str, Agency]) -> None:
    """A partner's role is held at a partner, and no other role is."""
    at_partner = bool(row["agency"]) and agencies[row["agency"]].kind_id == AgencyKind.PARTNER
    if at_partner != (row["role"] == Membership.PARTNER):
        kind = "is a partner" if at_partner else "is no partner"
        raise row.bad("role", f"{row['agency']!r} {kind}; the role {row['role']!r} is not held there")


def one_side_each(rows: list[Row]) -> None:
    """Officer or partner, and one partner only: whose name an account acts in must be beyond doubt."""
    held: dict[str, Row] = {}
    for row in rows:
        if not row["role"]:
            continue
        before = held.setdefault(row["username"], row)
        sides = {one["agency"] if one["role"] == Membership.PARTNER else "" for one in (before, row)}
        if len(sides) > 1:
            raise row.bad(
                "role", f"an account is an officer's or one partner's; line {before.line} says otherwise"
            )


def placed(path: Path, fact: BadLine) -> BadFile:
    """What did not fit the tables, with its place in the file."""
    return BadFile(path.name, fact.line, fact.column, fact.reason)
