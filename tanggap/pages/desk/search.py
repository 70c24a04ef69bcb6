"""Search: a number, words, a street; only among what the officer may read."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from tanggap.lib.text import clean
from tanggap.monitoring import queries
from tanggap.web.viewer import officer

from . import words


@officer()
def search(request: HttpRequest) -> HttpResponse:
    """The newest first. A whole number leads straight to its case."""
    wanted = clean(request.GET.get("q", ""), 200)
    after = request.GET.get("sesudah", "")
    page = queries.Page([])
    if wanted:
        rows = queries.search(request.viewer, wanted)
        page = queries.page(rows, "newest", after, request.viewer, request.now)
        if len(page.rows) == 1 and not after and page.rows[0].number == wanted.upper().replace(" ", ""):
            return HttpResponseRedirect(reverse("case", args=[page.rows[0].number]))
    more = reverse("search") + "?" + urlencode({"q": wanted, "sesudah": page.after}) if page.after else ""
    context = {"wanted": wanted, "page": page, "more": more, "words": words}
    return render(request, "desk/search.html", context)
