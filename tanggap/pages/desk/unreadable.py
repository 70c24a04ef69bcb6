"""What could not be read: its raw words, opened under one's name; made a report, or set aside with a reason."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from tanggap import door
from tanggap.channels.base import Busy, Contact, Receipt, SameIdOtherWords, Submission
from tanggap.door import SHORT_LIMIT, WORDS_LIMIT
from tanggap.models import Membership, Reason, Reference, Task
from tanggap.pages.citizen.forms import KeptForm, Words, all_kinds, contact
from tanggap.triage import unreadable as deeds
from tanggap.web import errors
from tanggap.web.viewer import officer

from .form import reason_field, reason_rows, reasons

MOST = 100
OPEN, REPORT, ASIDE = "open", "report", "aside"
# codes of channels in words; others are shown as they are
WHY: dict[str, Any] = {
    **dict.fromkeys(("broken", "no_json"), lazy("broken")),
    **dict.fromkeys(("no_content", "no_text", "nothing_in_it"), lazy("without words")),
    **dict.fromkeys(
        ("type", "unknown", "unknown_event", "unknown_message", "unknown_update", "unsupported"),
        lazy("of a kind we don't know yet"),
    ),
    "encrypted": lazy("encrypted"),
    "for_a_program": lazy("meant for a program"),
    "not_stored": lazy("could not be stored as a report"),
}


class NewReport(KeptForm):
    """What the person at the desk read out of the raw words."""

    NAMES = ("words", "place", "category", "contact")
    words = Words(WORDS_LIMIT, label=lazy("What is the problem?"), widget=forms.Textarea)
    place = Words(SHORT_LIMIT, label=lazy("Place"), widget=forms.TextInput({"autocomplete": "off"}))
    category = forms.CharField(label=lazy("Kind"), required=False, widget=forms.Select)
    contact = forms.CharField(
        label=lazy("Mobile number or e-mail"), required=False,
        help_text=lazy("Only where the message itself gives it: the answer goes there."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, post: Mapping[str, str] | None = None, words: str = ""):
        super().__init__(post)
        self.initial = {"words": words}
        self.contacts: tuple[Contact, ...] = ()
        self.fields["category"].widget.choices = all_kinds()
        for name in ("contact", "category"):
            self.fields[name].validators = []

    def clean_words(self) -> str:
        if not self.cleaned_data["words"].strip():
            raise ValidationError(_("Write what the citizen says, in a sentence."))
        return self.cleaned_data["words"]

    def clean_contact(self) -> str:
        said = self.cleaned_data["contact"].strip()
        if said:
            if len(said) > SHORT_LIMIT:
                raise ValidationError(_("One number or one address is enough."))
            self.contacts = (contact(said),)
        return said

    def clean_category(self) -> str:
        code = self.cleaned_data["category"]
        if code and code not in Reference.get().categories:
            raise ValidationError(_("We do not know this kind. Choose one of the list, or leave it to us."))
        return code


class Aside(forms.Form):
    reason = reason_field(lazy("Why is there nothing to do?"))

    def __init__(self, *args: Any):
        super().__init__(*args)
        rows = reasons(deeds.STEP)
        self.fields["reason"].choices = [(row.code, row.code) for row in rows]
        self.rows = reason_rows(rows)


@require_safe
@officer(Membership.TRIAGE)
def unreadable(request: HttpRequest) -> HttpResponse:
    """What waits, without a word of it: opening is a deed."""
    rows = list(deeds.tasks(request.viewer)[: MOST + 1])
    context = {"rows": [told(row) for row in rows[:MOST]], "more": len(rows) > MOST}
    return render(request, "desk/unreadable.html", context)


def told(task: Task) -> dict[str, Any]:
    """Channel, when and why."""
    code = task.inbound.account
    channel = Reference.get().channels.get(code)
    why = task.data.get("why", "")
    return {"task": task, "channel": channel.name if channel else code, "why": WHY.get(why, why), "kind":
            channel.kind if channel else ""}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@officer(Membership.TRIAGE)
def unreadable_task(request: HttpRequest, task: int) -> HttpResponse:
    row = deeds.one(task, request.viewer)
    if row.done_at is not None:
        return drawn(request, row, status=409 if request.method == "POST" else 200)
    step = request.POST.get("step") if request.method == "POST" else ""
    if step == OPEN:
        return drawn(request, row, raw=deeds.opened(row, by=request.viewer, now=request.now))
    if step == REPORT:
        return report(request, row)
    if step == ASIDE:
        return aside(request, row)
    return drawn(request, row)


def report(request: HttpRequest, row: Task) -> HttpResponse:
    form = NewReport(request.POST)
    if not form.is_valid():
        return again(request, row, form=form, status=422)
    try:
        answer = door.take([submission(request, row, form)], request.now)[0]
    except (Busy, OperationalError, InterfaceError):
        return errors.unavailable(request)
    if isinstance(answer, SameIdOtherWords):
        answer = answer.receipt  # a colleague was faster, or the first press was lost on its way
    if not isinstance(answer, Receipt):
        raise answer
    deeds.made(row.pk, answer.number, by=request.viewer, now=request.now)
    messages.success(request, _("It is report %(number)s now.") % {"number": answer.number})
    return redirect("unreadable")


def submission(request: HttpRequest, row: Task, form: NewReport) -> Submission:
    """One report for one task, whoever presses and however often."""
    known, account = Reference.get().channels, row.inbound.account
    channel = account if account in known else next(iter(known))
    data = form.cleaned_data
    external = f"unreadable:{row.pk}"
    return Submission(
        uuid=uuid5(NAMESPACE_URL, external), channel=channel, account=channel, external_id=external,
        body=json.dumps({name: data[name] for name in form.NAMES}, sort_keys=True).encode(), words=data["words"],
        at=row.inbound.received_at, place=data["place"], category=data["category"], contacts=form.contacts,
        keyed_by=request.user.id,
    )  # fmt: skip


def aside(request: HttpRequest, row: Task) -> HttpResponse:
    form = Aside(request.POST)
    if not form.is_valid():
        return again(request, row, aside_form=form, status=422)
    try:
        reason = Reason.objects.get(code=form.cleaned_data["reason"], step=deeds.STEP)
        deeds.set_aside(row.pk, reason, by=request.viewer, now=request.now)
    except deeds.Settled as fact:
        return drawn(request, fact.task, status=409)
    messages.success(request, _("Set aside. What came stays kept as long as all raw words."))
    return redirect("unreadable")


def again(request: HttpRequest, row: Task, **more: Any) -> HttpResponse:
    """The page with the raw words, after a form that was not right yet."""
    return drawn(request, row, raw=deeds.opened(row, by=request.viewer, now=request.now), **more)


def drawn(request: HttpRequest, row: Task, *, raw: deeds.Raw | None = None, form: NewReport | None = None,
          aside_form: Aside | None = None, status: int = 200) -> HttpResponse:  # fmt: skip
    if raw is not None:
        form = form or NewReport(words=raw.words[:WORDS_LIMIT])
        aside_form = aside_form or Aside()
    context = {**told(row), "row": row, "raw": raw, "form": form, "aside": aside_form}
    return render(request, "desk/unreadable_task.html", context, status=status)
