"""Channels: how each line is doing, whether it is set up here, what became of its letters; switched, limited, tried."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tanggap.models import Channel, local_day
from tanggap.monitoring import lines
from tanggap.pages.desk.words import DELIVERY
from tanggap.reply import lines as deeds
from tanggap.web import limits

from . import forms
from .frame import administrator, page
from .rules import history

TESTS_AN_HOUR = 60  # each asks a provider, and some count what they are asked
# condition -> (class of the pill, word)
CONDITIONS: dict[str, tuple[str, Any]] = {
    lines.DOWN: ("late", gettext_lazy("Away")),
    lines.FAILING: ("late", gettext_lazy("Failing")),
    lines.HALF: ("late", gettext_lazy("Half set up")),
    lines.OFF: ("no-go", gettext_lazy("Switched off")),
    lines.SPENT: ("wait", gettext_lazy("Day's share sent")),
    lines.NOT_SET_UP: ("", gettext_lazy("Not set up here")),
    lines.CLOSED: ("", gettext_lazy("Closed")),
    lines.BY_HAND: ("", gettext_lazy("No line outside")),
    lines.UNUSED: ("", gettext_lazy("Not used yet")),
    lines.HEALTHY: ("", gettext_lazy("Healthy")),
}


@require_safe
@administrator
def channels(request: HttpRequest) -> HttpResponse:
    """All of them. Six statements beside the frame's."""
    rows = lines.lines(request.now)
    conditions = {row.channel.id: row.condition(request.now) for row in rows}
    ill = [row for row in rows if conditions[row.channel.id] in lines.ILL]
    return page(request, "admin/channels.html", {
        "rows": [row for row in rows if row.kind is not None], "others": [row for row in rows if row.kind is None],
        "conditions": conditions, "labels": CONDITIONS, "ends": lines.ENDS, "delivery": DELIVERY, "ill": ill,
        "today": local_day(request.now),
        "waiting": sum(row.waiting for row in rows), "unreadable": sum(row.unreadable for row in rows),
    })  # fmt: skip


def found(pk: int) -> Channel:
    row = Channel.objects.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@require_safe
@administrator
def channel(request: HttpRequest, pk: int) -> HttpResponse:
    return drawn(request, found(pk))


def drawn(request: HttpRequest, row: Channel, **more: Any) -> HttpResponse:
    line = lines.line(row, request.now)
    return page(request, "admin/channel.html", {
        "line": line, "condition": line.condition(request.now), "labels": CONDITIONS, "ends": lines.ENDS,
        "delivery": DELIVERY, "today": local_day(request.now), "spent": line.spent(request.now), "tried": None,
        **history(deeds.thing(row)), **more,
    })  # fmt: skip


@require_POST
@administrator
def trial(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks the provider whether the account is right; the answer is a sentence on this very page, kept by nobody."""
    row = found(pk)
    if not deeds.talks(row):
        raise Http404
    if not limits.allow_for("channel_test", str(request.user.pk), TESTS_AN_HOUR, request.now):
        messages.warning(request, _("Tried often enough for this hour."))
        return redirect("admin_channel", pk=pk)
    return drawn(request, row, tried=deeds.trial(row, request.now))


@dataclass(frozen=True)
class Deed:
    """`does` takes (channel, what was typed, by/now/reason)."""

    title: Any
    told: Any
    button: Any
    form: type[forms.Reasoned]
    does: Callable[[Channel, dict[str, Any], dict[str, Any]], None]
    danger: bool = False


def limit(row: Channel, data: dict[str, Any], common: dict[str, Any]) -> None:
    deeds.limit(row, letters=data["letters"], **common)


DEEDS = {
    "matikan": Deed(
        gettext_lazy("Switch the channel off"),
        gettext_lazy("Nothing is heard from it and nothing sent by it. Providers keep what is said meanwhile for some "
                     "days at most. Letters go by another way, or stand on the report's page."),
        gettext_lazy("Switch it off"), forms.Reasoned, lambda row, data, common: deeds.switch(row, on=False, **common),
        danger=True,
    ),
    "hidupkan": Deed(
        gettext_lazy("Switch the channel on"),
        gettext_lazy("What its provider still keeps is heard, letters go by it again."),
        gettext_lazy("Switch it on"), forms.Reasoned, lambda row, data, common: deeds.switch(row, on=True, **common),
    ),
    "jatah": Deed(
        gettext_lazy("Letters a day"),
        gettext_lazy("Against a bill nobody expected. Words that come in are always heard."),
        gettext_lazy("Keep it"), forms.DailyLetters, limit,
    ),
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def deed(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    row, one = found(pk), DEEDS.get(name)
    if one is None or not deeds.talks(row):
        raise Http404
    line = lines.line(row, request.now)
    form = one.form(request.POST or None, initial={"letters": line.state.daily_quota})
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        common = {"by": request.viewer, "now": request.now, "reason": data.pop("reason")}
        try:
            one.does(row, data, common)
            messages.success(request, _("Written down."))
            return redirect("admin_channel", pk=pk)
        except deeds.LineRefused as fact:
            forms.blame(form, fact.code)
    return page(request, "admin/deed.html", {
        "title": one.title, "told": one.told, "button": one.button, "danger": one.danger, "form": form,
        "heading": row.name, "about": "", "back": ("admin_channel", pk), "row": 0,
    })  # fmt: skip
