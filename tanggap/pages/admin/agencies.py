"""Agencies: who they are, under whom, and how many work there. Found by name; paged by name."""

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tanggap.lib.text import clean
from tanggap.models import Agency, AgencyKind, local_day

from .frame import administrator, page

PAGE = 50


@require_safe
@administrator
def agencies(request: HttpRequest) -> HttpResponse:
    wanted, after = clean(request.GET.get("q", ""), 80), clean(request.GET.get("sesudah", ""), 200)
    rows = Agency.objects.select_related("kind", "parent").exclude(kind=AgencyKind.PARTNER)
    for word in wanted.split():
        rows = rows.filter(Q(name__icontains=word) | Q(short__icontains=word) | Q(code__icontains=word))
    name, _sep, code = after.rpartition("~")
    if code:
        rows = rows.filter(Q(name__gt=name) | Q(name=name, code__gt=code))
    today = local_day(request.now)
    current = Q(memberships__valid_from__lte=today) & (
        Q(memberships__valid_to=None) | Q(memberships__valid_to__gt=today)
    )
    rows = rows.annotate(people=Count("memberships__officer", filter=current, distinct=True))
    found = list(rows.order_by("name", "code")[: PAGE + 1])
    shown = found[:PAGE]
    return page(request, "admin/agencies.html", {
        "rows": shown, "q": wanted,
        "after": f"{shown[-1].name}~{shown[-1].code}" if len(found) > PAGE else "",
    })  # fmt: skip
