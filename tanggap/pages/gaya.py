"""GET /gaya: the living page of the parts, drawn with the macros themselves.

What is not here is not a part yet. The examples are invented; the times are fixed, so that two looks compare.
"""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

NOW = datetime(2026, 11, 24, 3, 41, tzinfo=UTC)
Stop = dict[str, Any]


class Example(forms.Form):
    """A form sent with two mistakes, so that the page shows what an error looks like."""

    place = forms.CharField(
        label=gettext_lazy("Address or landmark"),
        error_messages={"required": gettext_lazy("Show the place on the map, or name a landmark nearby.")},
    )
    phone = forms.CharField(label=gettext_lazy("Mobile number"))
    words = forms.CharField(
        label=gettext_lazy("What is wrong?"),
        help_text=gettext_lazy("One sentence is enough."),
        widget=forms.Textarea,
        required=False,
    )
    visibility = forms.ChoiceField(
        label=gettext_lazy("Who may see it?"),
        widget=forms.RadioSelect,
        choices=[("private", gettext_lazy("Private")), ("public", gettext_lazy("Open"))],
    )
    matter = forms.ChoiceField(
        label=gettext_lazy("What is it about?"),
        widget=forms.RadioSelect,
        choices=[
            ("road", gettext_lazy("Broken road")),
            ("drain", gettext_lazy("Drain")),
            ("other", gettext_lazy("Something else…")),
        ],
    )
    news = forms.BooleanField(label=gettext_lazy("Send me news by WhatsApp"), required=False)
    photo = forms.FileField(label=gettext_lazy("Photo"), required=False)
    marks = forms.IntegerField(label=gettext_lazy("How good is the work?"), required=False)
    area = forms.ChoiceField(label="Kelurahan", choices=[("1", "Tebet Timur"), ("2", "Tebet Barat")])

    def clean_phone(self) -> str:
        raise forms.ValidationError(_("Two digits are missing. For example 0812-3456-7890."))


def gaya(request: HttpRequest) -> HttpResponse:
    typed = {
        "phone": "0812-3456-78",
        "visibility": "private",
        "matter": "road",
        "news": "on",
        "marks": "4",
        "area": "1",
    }
    grounds = [("citizen", _("Citizen")), ("desk", _("Desk")), ("street", _("Street, in sunlight"))]
    asked = request.GET.get("latar")
    return render(
        request,
        "gaya.html",
        {
            "grounds": grounds,
            "ground": asked if asked in dict(grounds) else "citizen",
            "form": Example(typed),
            "lines": [fresh(), delegated(), sent_back()],
            "long": handed_on(),
            "states": states(),
            "colours": colours(),
            "now": NOW,
        },
        using="jinja2",
    )


def ahead(*titles: str) -> list[Stop]:
    return [{"title": title, "kind": "next"} for title in titles]


def last() -> list[Stop]:
    return ahead(
        pgettext("stop", "Worked on"), pgettext("stop", "Checked"), pgettext("stop", "Done")
    ) + ahead(pgettext("stop", "Confirmed by citizens"))


def fresh() -> dict[str, Any]:
    here = (_("The kelurahan's turn."), _("By today, 14.12 · 3 working hours left"))
    stops = [
        {"title": pgettext("stop", "Received"), "kind": "done", "note": _("Tue 24 Nov, 08.12 · by WhatsApp")},
        {"title": "Kelurahan Tebet Timur", "kind": "now", "here": [here]},
        *ahead(pgettext("stop", "Agency"), pgettext("stop", "Agency's unit")),
        *last(),
    ]
    return {"title": _("Just in"), "stops": stops}


def delegated() -> dict[str, Any]:
    unit = "Sudin Bina Marga Jakarta Selatan"
    stops = [
        {"title": pgettext("stop", "Received"), "kind": "done", "note": _("Mon 23 Nov, 07.58")},
        {"title": "Kelurahan", "kind": "done", "note": "Tebet Timur", "took": 82, "share": 5},
        {"title": pgettext("stop", "Agency"), "kind": "done", "note": "Bina Marga", "took": 140, "share": 9},
        {
            "title": pgettext("stop", "Agency's unit"),
            "kind": "now",
            "here": [
                (_("It is the turn of %(office)s.") % {"office": unit}, ""),
                _("By Thursday 26 Nov, 15.00 · 2 working days left"),
            ],
            "took": 1348,
            "share": 86,
        },
        *last(),
    ]
    return {"title": _("From the agency to its unit"), "stops": stops}


def sent_back() -> dict[str, Any]:
    hours = [
        ("Kelurahan", 120, 1),
        (pgettext("stop", "Agency"), 240, 3),
        (pgettext("stop", "Agency's unit"), 1440, 17),
    ]
    stops = [
        {"title": pgettext("stop", "Received"), "kind": "done", "note": _("Wed 18 Nov")},
        *({"title": title, "kind": "done", "took": took, "share": share} for title, took, share in hours),
        {"title": pgettext("stop", "Worked on"), "kind": "done", "took": 4320, "share": 51},
        {
            "title": pgettext("stop", "Checked"),
            "kind": "done",
            "note": _("Sent back: the photo is not from this spot"),
            "took": 540,
            "share": 6,
        },
        {
            "title": _("Worked on again"),
            "kind": "now",
            "late": True,
            "side": True,
            "out": True,
            "here": [(_("It is the turn of %(office)s.") % {"office": "Sudin SDA"}, _("5 hours late"))],
            "took": 1740,
            "share": 21,
        },
        {"title": _("Checked again"), "kind": "next", "in": True},
        *ahead(pgettext("stop", "Done"), pgettext("stop", "Confirmed by citizens")),
    ]
    return {"title": _("Sent back once"), "stops": stops}


# office, minutes, share of all time in percent
CHAIN = [
    ("Dinas Pertamanan", 1440, 8),
    ("Sudin Pertamanan Jakarta Utara", 2880, 16),
    ("Dinas Pertamanan", 1440, 8),
    ("BPAD", 4320, 25),
    ("Dinas SDA", 1440, 8),
    ("Sudin SDA Jakarta Utara", 2880, 16),
]


def handed_on() -> dict[str, Any]:
    siding = [
        {
            "title": office,
            "kind": "done",
            "side": True,
            "out": turn == 1,
            "note": _("Hand-over %(count)s") % {"count": turn},
            "took": took,
            "share": share,
        }
        for turn, (office, took, share) in enumerate(CHAIN, start=1)
    ]
    arbiter = {
        "title": _("Arbiter"),
        "kind": "now",
        "in": True,
        "late": True,
        "here": [
            (_("Handed on seven times. Now an arbiter decides who does it."), ""),
            _("The decision is due by Wednesday 25 Nov, 10.00. The promise to the citizen is 1 day late."),
        ],
        "took": 2880,
        "share": 16,
    }
    stops = [
        {"title": pgettext("stop", "Received"), "kind": "done", "note": _("Thu 12 Nov")},
        {"title": "Kelurahan Pluit", "kind": "done", "took": 300, "share": 2},
        *siding,
        arbiter,
        *last(),
    ]
    return {"title": _("Handed on seven times, up to the arbiter"), "stops": stops}


def states() -> list[tuple[str, str | None, str]]:
    """Status word, its label where it differs, what it means."""
    return [
        ("waiting", None, _("On the kelurahan's desk, its promise runs")),
        ("coordination", None, _("Referred to another agency")),
        ("disposition", None, _("The agency has told its own unit")),
        ("process", None, _("Officers are on the spot")),
        ("estimated", _("Announced: 12 Dec"), _("Whoever does the work has named the date")),
        ("asked", None, _("We asked the citizen something")),
        ("validation", None, _("Somebody else is checking")),
        ("sent_back", None, _("The reviewer sent it back, it is done again")),
        ("done", None, _("The city's word: ink, not green")),
        ("confirmed", None, _("The citizens' word: the only green one")),
        ("contested", None, _("The citizen says it is not fixed")),
        ("rejected", None, _("With a coded reason and a way to appeal")),
        ("merged", None, _("The same problem as an older case, told together")),
        ("late", _("Promise 5 hours late"), _("Red only for late and dangerous")),
    ]


def colours() -> list[tuple[str, str, str, str]]:
    """Class, name, what it is for, contrast (measured on paper in the light theme)."""
    return [
        ("ink", _("Ink"), _("text; the city's word"), "15,6 : 1"),
        ("ink-2", _("Pale ink"), _("second text"), "7,1 : 1"),
        ("edge", _("Edge"), _("edges of fields, stops to come"), "4,0 : 1"),
        ("paper", _("Paper"), _("the page"), "15,6 : 1"),
        ("card", _("White"), _("what can be filled in, opened, read as a letter"), "16,5 : 1"),
        ("sink", _("Hollow"), _("a quiet box"), "14,1 : 1"),
        ("leaf", _("Leaf"), _("the main button; the citizens' word"), "6,5 : 1"),
        ("street", _("Street"), _("text: due, being worked on"), "5,9 : 1"),
        ("street-fill", _("Orange"), _("the stop where the case is now"), "6,0 : 1"),
        ("late", _("Red"), _("late, dangerous"), "6,2 : 1"),
        ("water", _("Water"), _("links, information"), "6,7 : 1"),
        ("focus", _("Focus"), _("a ring, always in ink"), "10,0 : 1"),
    ]
