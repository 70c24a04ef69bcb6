"""Words of danger for the script of the form: it shows the emergency number before anything is sent."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from tanggap.lib.text import words as split
from tanggap.models import City


@require_safe
def danger_words(request: HttpRequest) -> JsonResponse:
    """The city's lists as triage reads them: what only sounds like danger comes out first, the longest
    first."""
    rules = City.get().value("emergency", {})
    told = {
        name: [" ".join(split(phrase)) for phrase in rules.get(name, [])]
        for name in ("words", "false_friends")
    }
    told["false_friends"].sort(key=len, reverse=True)
    response = JsonResponse(told)
    response["Cache-Control"] = "public, max-age=600"
    return response
