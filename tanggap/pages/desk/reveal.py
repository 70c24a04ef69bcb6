"""The look at a reporter's personal data: with a coded reason, written down, shown once."""

import logging

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as lazy

from tanggap import access, ledger
from tanggap.models import Reference, Report
from tanggap.web import errors, limits
from tanggap.web.viewer import officer

from . import words
from .form import reason_field, reason_rows, reasons, stands

log = logging.getLogger(__name__)


class Reveal(forms.Form):
    reason = reason_field(lazy("Why do you need it?"))

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        rows = reasons("reveal")
        self.fields["reason"].choices = [(row.code, row.code) for row in rows]
        self.rows = reason_rows(rows)


@officer()
def reveal(request: HttpRequest, number: str) -> HttpResponse:
    """Asks for the reason; then shows name, contacts and original words in this one answer, kept by nobody."""
    report = (
        Report.objects.select_related("case__joined_into", "reporter", "channel")
        .filter(number=access.typed(number))
        .first()
    )
    if report is None or not access.relations(request.viewer, report.case):
        raise Http404
    Reference.get().dress(report.case)
    form = Reveal(request.POST if request.method == "POST" else None)
    context = {
        "report": report,
        "case": report.case,
        "form": form,
        "words": words,
        "person": None,
        "stands": "",
    }
    if "reveal" not in access.steps(request.viewer, report.case):
        return render(
            request, "desk/reveal.html", context | {"stands": stands(report.case, request.now)}, status=403
        )
    if request.method != "POST":
        return render(request, "desk/reveal.html", context)
    if not form.is_valid():
        return render(request, "desk/reveal.html", context, status=422)
    if not limits.allow_for("reveal", f"officer:{request.user.pk}", settings.REVEALS_PER_HOUR, request.now):
        # the reasons stand in the ledger, each look by itself; here somebody is told that there are too many
        log.warning("officer %s opens the data of more people within an hour than one needs", request.user.pk)
        return errors.too_many(request, limits.HOUR - int(request.now.timestamp()) % limits.HOUR)
    try:
        reason = form.cleaned_data["reason"]
        person = access.reveal(report, by=request.viewer, reason=reason, now=request.now)
    except ledger.NotAllowed:
        raise Http404 from None
    return render(request, "desk/reveal.html", context | {"person": person})
