"""Entering with the key itself. It is looked at once; a signed cookie says which key it was, for some hours."""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from tanggap.models import ApiKey
from tanggap.web import errors, limits
from tanggap.web.headers import private
from tanggap.web.keys import find_key

from .forms import KeyForm

COOKIE, SALT = "aplikasi", "tanggap.app"
KEEP_SECONDS = 8 * 3600
TRIES_AN_HOUR = 30


def key_of(request: HttpRequest) -> ApiKey | None:
    """The key this browser has shown, while it holds."""
    try:
        pk = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KEEP_SECONDS)
    except signing.BadSignature:
        return None
    return ApiKey.objects.select_related("channel").filter(pk=pk, ended_at=None).first()


@private
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    form = KeyForm(request.POST or None)
    if request.method != "POST":
        return page(request, form)
    if not limits.allow(request, "app", TRIES_AN_HOUR):
        return errors.too_many(request, limits.HOUR)
    if not form.is_valid():
        return page(request, form, 422)
    key = find_key(form.cleaned_data["key"])
    if key is None:
        form.unknown()
        return page(request, form, 422)
    response = redirect("app")
    response.status_code = 303
    response.set_cookie(COOKIE, signing.dumps(key.pk, salt=SALT), max_age=KEEP_SECONDS, httponly=True, samesite="Lax",
                        secure=settings.HTTPS)  # fmt: skip
    return response


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    response = redirect("app_enter")
    response.status_code = 303
    response.delete_cookie(COOKIE, samesite="Lax")
    return response


def page(request: HttpRequest, form: KeyForm, status: int = 200) -> HttpResponse:
    return render(request, "app/enter.html", {"form": form}, status=status)
