"""The city board, for officers: what nobody may ignore, what burns, the day against the usual, what rings soon."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tanggap import access
from tanggap.models import City
from tanggap.monitoring import counts
from tanggap.pages.desk.words import PROMISES, icon_of
from tanggap.web.viewer import officer
from tanggap.web.words import local

from . import charts
from .map import city_map

MOST = 12


@require_safe
@officer()
def city_board(request: HttpRequest) -> HttpResponse:
    now, drawing = request.now, city_map()
    hours, still = counts.by_hour(now), counts.open_by_area(now)
    dangers = counts.dangers(now)
    mine = access.cases(request.viewer).filter(pk__in=[case.pk for case in dangers])
    readable = set(mine.values_list("pk", flat=True)) if dangers else set()
    names = {outline.code: outline.name for outline in (*drawing.areas, *drawing.islands)}
    top = sorted(still.items(), key=lambda pair: (-pair[1], names.get(pair[0], "")))[:MOST]
    return render(request, "board/city.html", {
        "city": City.get(), "map": drawing, "still": still, "heat": charts.heat, "names": names,
        "top": [(names.get(code, ""), count) for code, count in top],
        "ignored": counts.ignored(now), "burning": counts.burning(now, request.LANGUAGE_CODE),
        "dangers": dangers, "readable": readable, "hours": hours, "hour": local(now).hour,
        "chart": charts.upright(hours.today, hours.usual, width=600, height=130),
        "word": counts.citizens_word(now, 7).city, "channels": counts.channels(now), "icon_of": icon_of,
        "rings": counts.ringing(now), "promises": PROMISES,
    })  # fmt: skip
