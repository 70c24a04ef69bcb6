"""Headers a page asks for itself."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

View = Callable[..., HttpResponse]


def keep_private(response: HttpResponse) -> HttpResponse:
    """Stored by no cache, no back button of a shared computer, no search engine."""
    add_never_cache_headers(response)
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def private(view: View) -> View:
    """A page with somebody's data on it. Its own forms work: the referrer stays within our own pages."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return keep_private(view(request, *args, **kwargs))

    return guarded


def secret_address(view: View) -> View:
    """A page whose address holds a secret: besides, no referrer at all.

    Such a page should only exchange the secret for a cookie and lead on. It must hold no form: under
    no-referrer browsers send "Origin: null" with a POST, which the CSRF check rightly refuses.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = keep_private(view(request, *args, **kwargs))
        response["Referrer-Policy"] = "no-referrer"
        return response

    return guarded
