"""What flows between an app and the city, on one page: taken, refused and why, and news that waits."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tanggap.models import ApiKey, Hook, HookCall, Refusal, Report
from tanggap.pages.citizen.seen import status_word
from tanggap.reply import hooks
from tanggap.web.headers import private

from .entry import key_of
from .forms import HookForm

MOST = 30


@private
@require_safe
def app(request: HttpRequest) -> HttpResponse:
    key = key_of(request)
    return page(request, key, HookForm()) if key else redirect("app_enter")


def page(
    request: HttpRequest, key: ApiKey, form: HookForm, *, secret: str = "", status: int = 200
) -> HttpResponse:
    """Five statements, however much flows."""
    made = Hook.objects.filter(api_key=key, on=True).first()
    calls = HookCall.objects.filter(hook__api_key=key).select_related("report", "event")
    waiting = calls.filter(state=HookCall.QUEUED).order_by("id")
    reports = Report.objects.filter(api_key=key).select_related("case__assignment").order_by("-id")[:MOST]
    return render(request, "app/flow.html", {
        "key": key, "hook": made, "form": form, "secret": secret,
        "reports": [(row, status_word(row.case)) for row in reports],
        "refusals": list(Refusal.objects.filter(api_key=key).order_by("-at")[:MOST]),
        "waiting": list(waiting[:MOST]), "many": waiting[: 10 * MOST].count(),
        "lost": list(calls.filter(state=HookCall.FAILED).order_by("-id")[:MOST]),
    }, status=status)  # fmt: skip


@private
@require_POST
def hook(request: HttpRequest) -> HttpResponse:
    """Set the address, which gives a new secret, shown this once; or end it."""
    key = key_of(request)
    if key is None:
        return redirect("app_enter")
    if "end" in request.POST:
        hooks.end_hook(key, now=request.now)
        messages.success(request, _("No more news is sent."))
        return seen_other()
    form = HookForm(request.POST)
    if not form.is_valid():
        return page(request, key, form, status=422)
    try:
        secret = hooks.set_hook(key, form.cleaned_data["url"], now=request.now)
    except hooks.BadAddress:
        form.refused()
        return page(request, key, form, status=422)
    return page(request, key, HookForm(), secret=secret)


@private
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    key = key_of(request)
    if key is None:
        return redirect("app_enter")
    count = hooks.replay(key, now=request.now)
    said = ngettext("%(num)s message goes again.", "%(num)s messages go again.", count) % {"num": count}
    messages.success(request, said)
    return seen_other()


def seen_other() -> HttpResponse:
    response = redirect("app")
    response.status_code = 303
    return response
