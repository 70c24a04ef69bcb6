"""The ways through the house: which links stand in the header, for whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import pgettext_lazy

EVERYBODY = frozenset({"*"})


@dataclass(frozen=True)
class Way:
    """`name` is an address's name in urls.py; `roles` are role codes, or everybody who is logged in."""

    name: str
    label: Any
    roles: frozenset[str] = EVERYBODY
    anchor: str = ""


CITIZEN = (
    Way("report", pgettext_lazy("menu", "Report")),
    Way("lookup", pgettext_lazy("menu", "Track")),
    Way("home", pgettext_lazy("menu", "Nearby"), anchor="#sekitar"),
    Way("mine", pgettext_lazy("menu", "My reports")),
)
DESK = (
    Way("tasks", pgettext_lazy("menu", "Decisions"), frozenset({"arbiter"})),
    Way("inbox", pgettext_lazy("menu", "Inbox"), frozenset({"desk", "watcher", "arbiter", "auditor"})),
    Way("field", pgettext_lazy("menu", "Street"), frozenset({"field"})),
    Way("triage", pgettext_lazy("menu", "Triage"), frozenset({"triage"})),
    Way("review", pgettext_lazy("menu", "Review"), frozenset({"reviewer"})),
    Way("counter", pgettext_lazy("menu", "Counter"), frozenset({"counter"})),
    Way("city_board", pgettext_lazy("menu", "Board")),
    Way("admin", pgettext_lazy("menu", "Settings"), frozenset({"administrator"})),
)
PARTNER = (
    Way("partner", pgettext_lazy("menu", "Today")),
    Way("partner_file", pgettext_lazy("menu", "File for a citizen")),
    Way("account", pgettext_lazy("menu", "Account")),
)
FOOT = (
    Way("board", pgettext_lazy("menu", "Statistics")),
    Way("status", pgettext_lazy("menu", "Is it running?")),
    Way("opendata", pgettext_lazy("menu", "Open data")),
    Way("privacy", pgettext_lazy("menu", "Privacy")),
    Way("accessibility", pgettext_lazy("menu", "Accessibility")),
    Way("gaya", pgettext_lazy("menu", "Style")),
)


def link(name: str, *args: Any, **kwargs: Any) -> str:
    """The address, or "" where this installation has no such page (a switched-off board, an old bookmark)."""
    try:
        return reverse(name, args=args, kwargs=kwargs)
    except NoReverseMatch:
        return ""


def drawn(ways: Iterable[Way], roles: Iterable[str] = (), path: str = "") -> list[dict[str, Any]]:
    """The links of a header: href, label, here. `here` marks the longest address that `path` begins with."""
    held = set(roles) | EVERYBODY
    found: list[dict[str, Any]] = []
    for way in ways:
        address = link(way.name) if way.roles & held else ""
        if address:
            found.append(
                {"href": address + way.anchor, "label": way.label, "address": address, "here": False}
            )
    inside = [one for one in found if _covers(one["address"], path) and "#" not in one["href"]]
    if inside:
        max(inside, key=lambda one: len(one["address"]))["here"] = True
    return found


def _covers(address: str, path: str) -> bool:
    return path == address or (address != "/" and path.startswith(address))
