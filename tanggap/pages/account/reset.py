"""A password forgotten: a link by letter. The page answers the same, and as fast, whether there is such an account or
not: it only writes down what was asked, and the worker looks."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from tanggap import ledger
from tanggap.lib.text import clean
from tanggap.models import Job
from tanggap.people.links import RESETS_AN_HOUR
from tanggap.web import errors, limits
from tanggap.web.headers import private


class Forgotten(forms.Form):
    who = forms.CharField(
        label=_("User name or e-mail address"), max_length=254,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none"}),
    )  # fmt: skip


@private
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest) -> HttpResponse:
    form = Forgotten(request.POST or None)
    asked = request.method == "POST" and form.is_valid()
    if asked:
        if not limits.allow(request, "reset", settings.RESETS_PER_HOUR):
            return errors.too_many(request, limits.HOUR)
        who = clean(form.cleaned_data["who"], 254)
        # more often than this it is written down no more; the answer stays the same
        if limits.allow_for("reset-who", who.lower(), RESETS_AN_HOUR, request.now):
            Job.objects.create(kind="reset", args={"who": who}, due_at=request.now)
            ledger.wake()
    return render(request, "account/reset.html", {"form": form, "asked": asked})
