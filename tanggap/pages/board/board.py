"""The public board: citizens' word first, the city's word beside it, never added up. Readable without script."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tanggap.models import City
from tanggap.monitoring import counts

from . import charts

SPANS = (7, 30, 90)
CHART_DAYS = 14


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    wish = request.GET.get("hari", "")
    days = int(wish) if wish in {str(span) for span in SPANS} else 30
    word = counts.citizens_word(request.now, days)
    line = counts.day_by_day(request.now, CHART_DAYS)
    response = render(request, "board/board.html", {
        "city": City.get(), "today": counts.today(request.now), "word": word, "days": days, "spans": SPANS,
        "shares": charts.lying(parts(word.city), word.city.done), "line": line,
        "endings": counts.endings(request.now, days),
        "came": charts.upright([row.received for row in line]), "told": counts.told,
        "went": charts.upright([row.closed for row in line]), "few": counts.FEW,
    })  # fmt: skip
    response["Cache-Control"] = "public, max-age=15"
    return response


def parts(whole: counts.Cohort) -> list[tuple[str, str, int]]:
    """What citizens said of what is done; small numbers stand only in the whole."""
    rows = [
        (_("yes, it is fixed"), "yes", whole.confirmed), (_("no answer in time"), "silent", whole.silent),
        (_("not fixed"), "no", whole.contested), (_("still asked"), "wait", whole.pending),
    ]  # fmt: skip
    return [(name, look, counts.told(number) or 0) for name, look, number in rows]
