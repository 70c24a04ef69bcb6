"""Looking a report up by its number; with the secret code it opens for its reporter."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tanggap import access
from tanggap.web import errors, limits, proven
from tanggap.web.headers import private

from .forms import LookupForm
from .seen import see


@private
@require_http_methods(["GET", "HEAD", "POST"])
def lookup(request: HttpRequest) -> HttpResponse:
    """GET with ?n= leads to the number's page; a secret code comes by POST, so that no address holds it."""
    if request.method == "POST":
        return with_code(request)
    number = request.GET.get("n", "")
    wants_code = "code" in request.GET
    if not number:
        return page(request, LookupForm(), wants_code)
    form = LookupForm({"number": number})
    if not form.is_valid() or wants_code:
        return page(request, form, wants_code, 422 if form.errors else 200)
    return leads(request, form)


def leads(request: HttpRequest, form: LookupForm) -> HttpResponse:
    try:
        seen = see(request, form.cleaned_data["number"])
    except Http404:
        form.add_error("number", _("There is no such number, or it isn't public."))
        return page(request, form, True, 404)
    return redirect("track", number=seen.report.number)


def with_code(request: HttpRequest) -> HttpResponse:
    form = LookupForm(request.POST)
    if not form.is_valid():
        return page(request, form, True, 422)
    if not form.cleaned_data["code"]:
        return leads(request, form)
    try:
        report = proven.prove(request, form.cleaned_data["number"], form.cleaned_data["code"])
    except proven.TooManyGuesses:
        return errors.too_many(request, limits.HOUR)
    if report is None and access.erased_by_secret(form.cleaned_data["number"], form.cleaned_data["code"]):
        return redirect("data_erased")
    if report is None:
        form.add_error("code", _("This number and this code don't belong together. Check both."))
        return page(request, form, True, 422)
    response = redirect("track", number=report.number)
    response.status_code = 303
    return proven.remember(request, response, report)


def page(request: HttpRequest, form: LookupForm, wants_code: bool, status: int = 200) -> HttpResponse:
    told = {"form": form, "wants_code": wants_code, "own": proven.reports(request)[:5]}
    return render(request, "citizen/lookup.html", told, status=status)
