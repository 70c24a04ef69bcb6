"""Services are our categories: the list, and the questions one of them asks."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tanggap.api.open311 import attributes
from tanggap.api.open311.endpoint import endpoint
from tanggap.api.open311.errors import Unknown
from tanggap.models import Category, City, Reference

KEYWORDS = 12


@endpoint("GET")
def services(request: HttpRequest) -> tuple[str, Any]:
    return "services", [described(row) for row in offered(request.now)]


@endpoint("GET")
def definition(request: HttpRequest, code: str) -> tuple[str, Any]:
    category = find(code, request.now)
    if category is None:
        raise Unknown(_("This service_code is not known here."))
    return "service_definition", {
        "service_code": category.code,
        "attributes": attributes.described(category.code),
    }


def offered(now: datetime) -> list[Category]:
    """Categories that hold today, group by group. Never a part: clients take what is missing for ended."""
    today = now.astimezone(City.get().zone).date()
    rows = [row for row in Reference.get().categories.values() if holds(row, today)]
    return sorted(rows, key=lambda row: (row.group.position, row.id))


def find(code: str, now: datetime) -> Category | None:
    category = Reference.get().categories.get(code)
    today = now.astimezone(City.get().zone).date()
    return category if category is not None and holds(category, today) else None


def holds(category: Category, today: Any) -> bool:
    return category.valid_from <= today and (category.valid_to is None or today < category.valid_to)


def described(category: Category) -> dict[str, Any]:
    language = get_language()
    group = category.group.name_en if language == "en" else category.group.name_id
    name = category.name(language)
    return {
        "service_code": category.code,
        "service_name": name,
        "description": f"{group}: {name}",
        "metadata": bool(attributes.of(category.code)),
        "type": "realtime",
        "keywords": ",".join(keywords(category)),
        "group": group,
    }


def keywords(category: Category) -> list[str]:
    """The words that say most for it. What holds a comma would be two."""
    words = sorted(category.words.items(), key=lambda pair: (-pair[1], pair[0]))
    return [word for word, _weight in words if "," not in word][:KEYWORDS]
