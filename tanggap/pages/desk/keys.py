"""All commands and keys on one page. Without script it is a page of links."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as lazy

from tanggap.web import nav
from tanggap.web.viewer import officer

from .steps import ALL

SHEETS: tuple[tuple[Any, tuple[tuple[str, Any], ...]], ...] = (
    (lazy("Anywhere"), (
        ("/", lazy("search")), ("Ctrl K", lazy("all commands")), ("?", lazy("this sheet")),
        ("Esc", lazy("close, cancel, back")), (".", lazy("show what is new")),
    )),
    (lazy("In the inbox"), (
        ("j k", lazy("down, up")), ("Enter", lazy("open")), ("x", lazy("pick")),
        ("R", lazy("refer all that are picked")),
    )),
    (lazy("At the triage desk"), (
        ("1–9", lazy("matter")), ("q w e", lazy("place")), ("Enter", lazy("save, next")),
        ("t", lazy("ask for the place")),
        ("0", lazy("no report")),
    )),
    (lazy("At the review"), (
        ("a", lazy("accept")), ("1–6", lazy("reason")), ("b", lazy("send back")), ("n", lazy("message")),
    )),
    (lazy("At the counter"), (
        ("Alt 1–7", lazy("to a field")), ("F2 F3", lazy("join with a hint")), ("F9", lazy("next citizen")),
        ("Ctrl Enter", lazy("save and print")),
    )),
)  # fmt: skip


@officer()
def keys(request: HttpRequest) -> HttpResponse:
    deeds = [(deed.key, deed.label) for deed in ALL if deed.key] + [("p", lazy("Do it ourselves"))]
    context = {
        "sheets": SHEETS,
        "deeds": sorted(deeds, key=lambda pair: pair[0]),
        "ways": nav.drawn(nav.DESK, request.viewer.roles),
    }
    return render(request, "desk/keys.html", context)
