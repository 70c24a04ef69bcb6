"""Two honest short texts: what happens to personal data, and for whom the pages work."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tanggap.models import City, Reference
from tanggap.web.uploads import SHOWN_FOR


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    city = City.get()
    keeper = Reference.get().agencies.get(city.value("secret_agency", ""))
    return render(
        request, "citizen/privacy.html",
        {"city": city, "keeper": keeper.name if keeper else "", "hours": SHOWN_FOR.total_seconds() // 3600,
         "most": settings.MAX_PHOTOS},
    )  # fmt: skip


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "citizen/accessibility.html", {"city": City.get()})
