"""Later words that are a problem of their own, made a report of their own by whoever has the case."""

from typing import Any

from django.contrib import messages
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from tanggap import access, door, ledger
from tanggap.channels.base import Busy, Receipt
from tanggap.models import Message, Reference
from tanggap.triage import apart
from tanggap.web import errors
from tanggap.web.viewer import officer

from . import talk
from .form import stands

REFUSED: dict[str, Any] = {
    "note": lazy("These are no words of a citizen."),
    "withdrawn": lazy("The citizen has taken these words back."),
    "gone": lazy("The reporter's data has been erased; the words went with it."),
}


@officer()
def set_apart(request: HttpRequest, message: int) -> HttpResponse:
    """What will follow; and, pressed, the new report."""
    rows = Message.objects.select_related(
        "case__holder", "case__joined_into", "case__channel", "channel", "report__reporter", "report__channel",
        "report__sender__reporter",
    )  # fmt: skip
    row = rows.filter(pk=message).first()
    if row is None or not access.relations(request.viewer, row.case):
        raise Http404
    if apart.STEP not in access.steps(request.viewer, row.case):
        return drawn(request, row, stands(row.case, request.now), 403)
    code = apart.why_not(row)
    if code:
        return drawn(request, row, str(REFUSED[code]), 409)
    if request.method != "POST":
        return drawn(request, row, "", 200)
    return made(request, row)


def made(request: HttpRequest, row: Message) -> HttpResponse:
    try:
        answer = door.take([apart.words_of(row, by=request.viewer)], request.now)[0]
        if not isinstance(answer, Receipt):
            raise answer
        apart.set_apart(row.pk, answer.report_id, by=request.viewer, now=request.now)
    except (Busy, OperationalError, InterfaceError):
        return errors.unavailable(request)
    except apart.NotApart as fact:
        return drawn(request, row, str(REFUSED[fact.code]), 409)
    except ledger.NotAllowed:
        return drawn(request, row, stands(row.case, request.now), 409)
    ledger.wake()
    said = _("%(number)s is a report of its own now, and goes to the office of its place.")
    messages.success(request, said % {"number": answer.number})
    return redirect("case", number=row.case.number)


def drawn(request: HttpRequest, row: Message, refused: str, status: int) -> HttpResponse:
    case = Reference.get().dress(row.case)
    became = apart.numbers([row.pk]).get(row.pk, "")
    own = not row.note and row.report is not None and apart.by_the_reporter(row)
    context = {"case": case, "said": talk.theirs(row), "refused": refused, "became": became, "own": own}
    return render(request, "desk/set_apart.html", context, status=status)
