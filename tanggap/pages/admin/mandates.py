"""Who is competent for what, where and since when. With "whose is this?" beside it, which asks the very rule that
the product uses."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tanggap.lib.text import clean
from tanggap.models import Agency, Area, Assignment, Mandate, Reference, local_day
from tanggap.pages.citizen.forms import all_kinds
from tanggap.triage.locate import in_words
from tanggap.workflow import REFER, RETURN

from .frame import administrator, page

PAGE = 40
RECORD = timedelta(days=90)
ENOUGH = 5  # cases from which a share is told


class Tryout(forms.Form):
    kategori = forms.CharField(label=gettext_lazy("Kind"), widget=forms.Select, required=False)
    tempat = forms.CharField(
        label=gettext_lazy("Place, in words"), max_length=200, required=False,
        help_text=gettext_lazy("For example: Kelurahan and a street"),
    )  # fmt: skip
    tanggal = forms.DateField(
        label=gettext_lazy("On the day"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["kategori"].widget.choices = [("", "…"), *all_kinds()[1:]]


@dataclass(frozen=True)
class Answer:
    """What the rule says: the office, the row that decided, the rows behind it, and the area it understood."""

    area: Area | None
    agency: Agency | None
    rows: list[Mandate]


def tried(form: Tryout, now: datetime) -> Answer | None:
    known = Reference.get()
    data = form.cleaned_data
    category = known.categories.get(data["kategori"])
    if category is None:
        return None
    area = known.areas.get(in_words(data["tempat"]).area)
    on: date = data["tanggal"] or local_day(now)
    rows = Mandate.objects.competent(category, area, datetime.combine(on, time(12), UTC))
    return Answer(area, rows[0].holder_for(area) if rows else None, rows)


@require_safe
@administrator
def mandates(request: HttpRequest) -> HttpResponse:
    wanted, after = clean(request.GET.get("q", ""), 80), clean(request.GET.get("sesudah", ""), 200)
    rows = Mandate.objects.all()
    for word in wanted.split():
        category = Q(category__name_id__icontains=word) | Q(category__name_en__icontains=word)
        rows = rows.filter(category | Q(agency__name__icontains=word) | Q(note__icontains=word))
    code, _sep, row_id = after.rpartition("~")
    if row_id.isdecimal() and len(row_id) < 18:
        rows = rows.filter(Q(category__code__gt=code) | Q(category__code=code, id__gt=int(row_id)))
    form = Tryout(
        request.GET if "kategori" in request.GET else None, initial={"tanggal": local_day(request.now)}
    )
    answer = tried(form, request.now) if form.is_bound and form.is_valid() else None
    if answer and not wanted:
        rows = rows.filter(category__code=form.cleaned_data["kategori"])
    rows = rows.select_related("category", "agency", "area").order_by("category__code", "id")
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    return page(request, "admin/mandates.html", {
        "rows": shown, "q": wanted, "form": form, "answer": answer, "today": local_day(request.now),
        "soon": local_day(request.now) + timedelta(days=31), "records": records(shown, request.now),
        "hit": answer.rows[0].id if answer and answer.rows else 0, "enough": ENOUGH,
        "after": f"{shown[-1].category.code}~{shown[-1].id}" if len(found) > PAGE else "",
    })  # fmt: skip


def records(rows: list[Mandate], now: datetime) -> dict[tuple[int, int], tuple[int, int]]:
    """(category, agency) -> (referred to it, handed back by it) within 90 days. Two statements."""
    kinds = {row.category_id for row in rows}
    recent = Assignment.objects.filter(at__gte=now - RECORD, case__category__in=kinds).order_by()
    given = recent.filter(kind=REFER).values_list("case__category", "agency").annotate(Count("pk"))
    back = recent.filter(kind=RETURN).values_list("case__category", "giver").annotate(Count("pk"))
    returned = {(category, agency): count for category, agency, count in back}
    return {
        (category, agency): (count, returned.get((category, agency), 0)) for category, agency, count in given
    }
