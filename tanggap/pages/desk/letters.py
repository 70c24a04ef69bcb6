"""What became of each letter of a case, and the one way to send one again: by a person who has seen it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from tanggap import access, ledger
from tanggap.models import Case, Letter, Reference
from tanggap.reply import resend
from tanggap.web.viewer import officer

from .form import stands
from .words import DELIVERY

WAYS: dict[str, Any] = {"web": lazy("the report's page"), "by_hand": lazy("by an officer")}
TROUBLED = (Letter.FAILED, Letter.UNKNOWN)
REFUSED: dict[str, Any] = {
    "settled": lazy("This letter has not failed: nothing to send again."),
    "again_already": lazy("It was sent again already. Look at the newer one."),
    "erased": lazy("The reporter's data has been erased. Nobody is there to write to."),
    "perhaps_arrived": lazy("Perhaps it arrived. Tick that it may come twice, or leave it."),
}


@dataclass(frozen=True)
class Sent:
    """One letter as the case's page tells of it."""

    letter: Letter
    title: str
    number: str
    way: str
    state: str
    at: datetime
    troubled: bool
    reason: str
    again: bool  # it may be sent again
    by_hand: bool  # a person sent it, as the repetition of another


def shown(letters: list[Letter], may: list[str]) -> dict[str, list[Sent]]:
    """All letters, the newest first; those in trouble that nobody has sent again stand apart. No statement: `letters`
    are talk's own."""
    repeated = {row.again_of_id for row in letters}
    rows = [told(row, repeated, resend.STEP in may) for row in reversed(letters)]
    troubled = [row for row in rows if row.troubled]
    return {"sent": rows, "troubled": troubled, "untroubled": [row for row in rows if not row.troubled]}


def told(row: Letter, repeated: set[int | None], may: bool) -> Sent:
    channel = Reference.get().channels.get(row.account)
    troubled = row.state in TROUBLED and row.id not in repeated
    return Sent(
        letter=row, title=row.subject, number=row.report.number if row.report else "",
        way=channel.name if channel else str(WAYS.get(row.way, row.way)), state=str(DELIVERY[row.state]),
        at=row.settled_at or row.at, troubled=troubled, reason=row.last_error,
        again=may and troubled, by_hand=row.again_of_id is not None,
    )  # fmt: skip


class Again(forms.Form):
    sure = forms.BooleanField(label=lazy("I know it may come twice"), required=False)


@officer()
def again(request: HttpRequest, letter: int) -> HttpResponse:
    """The letter as it will go once more; gone with the press. What may not be known does not exist."""
    rows = Letter.objects.select_related("report__reporter", "case__holder", "case__joined_into")
    row = rows.filter(pk=letter, case__isnull=False, report__isnull=False).first()
    if row is None or not access.relations(request.viewer, row.case):
        raise Http404
    form = Again(request.POST if request.method == "POST" else None)
    if resend.STEP not in access.steps(request.viewer, row.case):
        return drawn(request, row, form, stands(row.case, request.now), 403)
    code = resend.why_not(row)
    if request.method != "POST":
        return drawn(request, row, form, str(REFUSED[code]) if code else "", 409 if code else 200)
    try:
        form.is_valid()
        resend.resend(row.pk, by=request.viewer, now=request.now, sure=form.cleaned_data["sure"])
    except resend.NotAgain as fact:
        if fact.code != "perhaps_arrived":
            return drawn(request, row, form, str(REFUSED[fact.code]), 409)
        form.add_error("sure", str(REFUSED[fact.code]))
        return drawn(request, row, form, "", 422)
    except ledger.NotAllowed:
        return drawn(request, row, form, stands(row.case, request.now), 409)
    ledger.wake()
    messages.success(request, _("%(number)s: the letter goes once more.") % {"number": row.case.number})
    return redirect("case", number=row.case.number)


def drawn(request: HttpRequest, row: Letter, form: Again, refused: str, status: int) -> HttpResponse:
    case: Case = Reference.get().dress(row.case)
    context = {
        "case": case, "letter": row, "form": form, "refused": refused, "unknown": row.state == Letter.UNKNOWN,
        "sent": told(row, set(), may=False),
    }  # fmt: skip
    return render(request, "desk/again.html", context, status=status)
