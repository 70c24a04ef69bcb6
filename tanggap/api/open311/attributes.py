"""Questions a category asks beside its description: rows `attributes` of the city's data.

Each row: category, code, datatype, required, description_id, description_en and, for lists,
values = [{key, name_id, name_en}]. Without rows a category asks nothing, and metadata is false.
"""

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tanggap.api.open311.reading import covered, number
from tanggap.models import City

LISTS = ("singlevaluelist", "multivaluelist")
LONGEST = 1000  # signs of an answer in words

Row = dict[str, Any]


def of(category: str) -> list[Row]:
    return [row for row in City.get().value("attributes", []) if row["category"] == category]


def named(row: Row, name: str) -> str:
    """The row's words in the reader's language."""
    return row.get(f"{name}_{'en' if get_language() == 'en' else 'id'}", "")


def described(category: str) -> list[Row]:
    """As the standard writes them, `order` from 1."""
    return [
        {
            "variable": True,
            "code": row["code"],
            "datatype": row["datatype"],
            "required": bool(row.get("required")),
            "datatype_description": None,
            "order": order,
            "description": named(row, "description"),
            "values": [
                {"key": value["key"], "name": named(value, "name")} for value in row.get("values", [])
            ],
        }
        for order, row in enumerate(of(category), start=1)
    ]


def answered(category: str, given: dict[str, list[str]]) -> tuple[dict[str, list[str]], list[str], list[str]]:
    """(codes of lists chosen, answers in words, what is wrong). Codes nobody asked for are left alone.

    Only chosen codes are stored as they are: an answer in words may name people, so it joins the report's.
    """
    chosen: dict[str, list[str]] = {}
    words: list[str] = []
    wrong: list[str] = []
    for row in of(category):
        values = given.get(row["code"], [])
        if not values and row.get("required"):
            wrong.append(_("attribute[%(code)s] is missing.") % {"code": row["code"]})
        elif values and not fits(row, values):
            wrong.append(_("attribute[%(code)s] has a value that doesn't fit.") % {"code": row["code"]})
        elif values and row["datatype"] in LISTS:
            chosen[row["code"]] = values
        elif values:
            words.append(f"{row['description_id']}: {values[0]}")
    return chosen, words, wrong


def fits(row: Row, values: list[str]) -> bool:
    kind = row["datatype"]
    if kind in LISTS:
        keys = {value["key"] for value in row["values"]}
        return set(values) <= keys and (kind == "multivaluelist" or len(values) == 1)
    if len(values) > 1 or len(values[0]) > LONGEST:
        return False
    if kind == "datetime":
        return covered(values[0]) is not None
    return kind != "number" or number(values[0]) is not None
