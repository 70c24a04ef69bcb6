"""Officers: found by name, user name or agency; paged by name."""

from allauth.mfa.models import Authenticator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tanggap.lib.text import clean
from tanggap.models import Invitation, Membership, Officer, Reference

from .frame import administrator, page

PAGE = 50


@require_safe
@administrator
def people(request: HttpRequest) -> HttpResponse:
    wanted, after = clean(request.GET.get("q", ""), 80), clean(request.GET.get("sesudah", ""), 200)
    rows = Officer.objects.all()
    for word in wanted.split():
        match = Q(name__icontains=word) | Q(username__icontains=word)
        rows = rows.filter(match | Q(memberships__agency__name__icontains=word))
    name, _sep, row_id = after.rpartition("~")
    if row_id.isdecimal() and len(row_id) < 18:
        rows = rows.filter(Q(name__gt=name) | Q(name=name, id__gt=int(row_id)))
    found = list(rows.distinct().order_by("name", "id")[: PAGE + 1])
    shown = found[:PAGE]
    ids = [row.id for row in shown]
    roles: dict[int, list[Membership]] = {}
    held = Membership.objects.current(request.now).filter(officer__in=ids)
    for row in held.select_related("role", "deputy_for").order_by("id"):
        row.agency = Reference.get().agency_by_id[row.agency_id]
        roles.setdefault(row.officer_id, []).append(row)
    waiting = Invitation.objects.filter(officer__in=ids, kind=Invitation.INVITE, used_at=None)
    second = Authenticator.objects.filter(user__in=ids, type=Authenticator.Type.TOTP)
    return page(request, "admin/people.html", {
        "rows": shown, "roles": roles, "second": set(second.values_list("user_id", flat=True)), "q": wanted,
        "invited": set(waiting.filter(expires_at__gt=request.now).values_list("officer_id", flat=True)),
        "after": f"{shown[-1].name}~{shown[-1].id}" if len(found) > PAGE else "",
    })  # fmt: skip
