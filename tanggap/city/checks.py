"""What must hold between the rows of a city's files. A check raises BadFile with the line that is wrong."""

from collections.abc import Iterable
from typing import Any

from tanggap.city import toml
from tanggap.city.files import BadFile, Row
from tanggap.city.tables import ALWAYS, BY_NAME, TABLES, Table
from tanggap.models import AgencyKind, Area, Membership, Retention

Rows = dict[str, list[Row]]

ROLES = (
    Membership.DESK, Membership.FIELD, Membership.WATCHER, Membership.TRIAGE, Membership.COUNTER,
    Membership.REVIEWER, Membership.ARBITER, Membership.ADMINISTRATOR, Membership.AUDITOR, Membership.PARTNER,
)  # fmt: skip
# ways to end that the deeds themselves name
REASONS = ("place_unknown", "incomprehensible")  # nobody answered the question
RESOLUTIONS = ("fixed", "fixed_for_now", "scheduled", "passed_outside", "unproven", "rejected")
ABOVE = {Area.KOTA: None, Area.KECAMATAN: Area.KOTA, Area.KELURAHAN: Area.KECAMATAN}


def check(city: dict[str, Any], rows: Rows) -> None:
    """All of it, the plainest first, so that the reason given is the cause and not its echo."""
    for table in TABLES:
        once(table, rows[table.name])
    for table in TABLES:
        known(table, rows)
        order_of_days(table, rows[table.name])
    for name in ("areas", "agencies"):
        no_circles(rows[name])
    levels(rows["areas"])
    points(rows["areas"])
    offices(rows)
    mandated(rows)
    present("roles", ROLES, rows)
    present("agency_kinds", (AgencyKind.PARTNER,), rows)
    never_handed_to_partners(rows)
    present("resolutions", RESOLUTIONS, rows)
    present("reasons", REASONS, rows)
    present("retention", Retention.RULES, rows, "what")
    parts(city, rows)


def key(table: Table, row: Row) -> tuple:
    return tuple(row[column] for column in table.key)


def once(table: Table, rows: Iterable[Row]) -> None:
    seen: dict[tuple, int] = {}
    for row in rows:
        if key(table, row) in seen:
            raise row.bad(
                table.key[0], f"the same {' and '.join(table.key)} as in line {seen[key(table, row)]}"
            )
        seen[key(table, row)] = row.line


def known(table: Table, rows: Rows) -> None:
    """Every code that a row refers to exists in the file meant."""
    for column in (column for column in table.columns if column.refers):
        codes = {row["code"] for row in rows[column.refers]}
        for row in rows[table.name]:
            if row[column.name] and row[column.name] not in codes:
                file = BY_NAME[column.refers].file
                raise row.bad(column.name, f"{row[column.name]!r} is not in {file}")


def order_of_days(table: Table, rows: Iterable[Row]) -> None:
    if not any(column.name == "valid_to" for column in table.columns):
        return
    for row in rows:
        if row["valid_to"] and row["valid_to"] <= row["valid_from"]:
            since = "always" if row["valid_from"] == ALWAYS else row["valid_from"]
            raise row.bad("valid_to", f"{row['valid_to']} is not after valid_from ({since})")


def no_circles(rows: list[Row]) -> None:
    parent = {row["code"]: row["parent"] for row in rows}
    for row in rows:
        seen, above = {row["code"]}, row["parent"]
        while above:
            if above in seen:
                raise row.bad("parent", f"{row['code']!r} stands above itself")
            seen.add(above)
            above = parent[above]


def levels(areas: list[Row]) -> None:
    level = {row["code"]: row["level"] for row in areas}
    for row in areas:
        wanted = ABOVE[row["level"]]
        if (level[row["parent"]] if row["parent"] else None) != wanted:
            reason = f"a {row['level']} lies in a {wanted}" if wanted else "a kota has no parent here"
            raise row.bad("parent", reason)


def points(areas: list[Row]) -> None:
    """Two kelurahan on one point can't be told apart while there are no borders."""
    seen: dict[tuple[float, float], int] = {}
    for row in (row for row in areas if row["level"] == Area.KELURAHAN):
        spot = (row["label_lat"], row["label_lon"])
        if spot in seen:
            raise row.bad("label_lat", f"the same point as in line {seen[spot]}")
        seen[spot] = row.line


def offices(rows: Rows) -> None:
    """A kelurahan is an area and an agency: without its office nobody would hear what is said there."""
    level = {row["code"]: row["level"] for row in rows["areas"]}
    held = set()
    for row in rows["agencies"]:
        if row["kind"] in ABOVE:
            if not row["area"] or level[row["area"]] != row["kind"]:
                raise row.bad("area", f"an office of kind {row['kind']} needs an area of that level")
            if row["area"] in held and not row["valid_to"]:
                raise row.bad("area", f"{row['area']} has an office already")
            if not row["valid_to"]:
                held.add(row["area"])
    for row in rows["areas"]:
        if row["level"] == Area.KELURAHAN and row["code"] not in held:
            raise row.bad("code", f"no office of kind kelurahan stands in agencies.csv for {row['code']!r}")


def never_handed_to_partners(rows: Rows) -> None:
    """Partners file for others and do no work of the city: no hand-over leads to them or from them."""
    for row in rows["handovers"]:
        for column in ("from_kind", "to_kind"):
            if row[column] == AgencyKind.PARTNER:
                raise row.bad(column, "nothing is handed to a partner or by one")
    for row in rows["agencies"]:
        if row["kind"] == AgencyKind.PARTNER:
            raise row.bad("kind", "partners are written down on their page, with a quota")


def mandated(rows: Rows) -> None:
    held = {row["category"] for row in rows["mandates"]}
    for row in rows["categories"]:
        if row["code"] not in held and not row["valid_to"]:
            raise row.bad("code", f"nobody has a mandate for {row['code']!r} in mandates.csv")


def present(name: str, codes: Iterable[str], rows: Rows, column: str = "code") -> None:
    given = {row[column] for row in rows[name]}
    for code in codes:
        if code not in given:
            raise BadFile(BY_NAME[name].file, 0, column, f"the row {code!r} is missing")


def parts(city: dict[str, Any], rows: Rows) -> None:
    codes = {row["code"] for row in rows["agencies"]}
    for name in toml.AGENCIES:
        if city[name] not in codes:
            raise BadFile(toml.FILE, 0, name, f"{city[name]!r} is not in agencies.csv")
    known = {row["code"] for row in rows["categories"]}
    for question in city.get("attributes", []):
        if question["category"] not in known:
            raise BadFile(toml.FILE, 0, "attributes", f"{question['category']!r} is not in categories.csv")
