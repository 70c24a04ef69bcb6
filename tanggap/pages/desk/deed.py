"""One deed as a page: what can be chosen, what will follow, and what happened meanwhile if another was faster."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from tanggap import access, ledger
from tanggap.followup.actions import FollowUpRefused
from tanggap.models import Case, Reference
from tanggap.monitoring import history
from tanggap.reply.actions import NothingSaid
from tanggap.routing.actions import RoutingRefused
from tanggap.triage.actions import NotTheSame
from tanggap.web.viewer import officer

from . import glance, words
from .after import after
from .form import Deed, stands
from .handing import Handing
from .steps import DEEDS, FAMILIES
from .talking import Words

WRONG, TOO_LATE = 422, 409
WORDS = ("tell", "ask", "note")


@officer()
def deed(request: HttpRequest, number: str, step: str) -> HttpResponse:
    """The form of a step, and the step itself when it is posted."""
    if request.method == "POST" and step in WORDS and request.POST.get("to") in WORDS:
        step = request.POST["to"]  # the reply on the case's page says for whom its words are
    if step not in DEEDS:
        raise Http404
    case = access.case(request.viewer, number)
    form = DEEDS[step].of(request, case)
    if request.method == "POST":
        return posted(request, case, form)
    if not possible(request, case, step):
        return closed(request, case, form, [])
    return drawn(request, case, form)


def possible(request: HttpRequest, case: Case, step: str) -> bool:
    drawn_there = {button.step for button in glance.buttons(request.viewer, case, request.now)}
    return step in drawn_there or step in access.steps(request.viewer, case)


def posted(request: HttpRequest, case: Case, form: Deed) -> HttpResponse:
    """Take the step; every refusal leaves what was typed where it was."""
    if "preview" in request.GET:
        return aside(request, case, form)
    if not form.is_valid():
        if not possible(request, case, form.step):
            return closed(request, case, form, missed(case, form))
        return drawn(request, case, form, status=WRONG)
    if isinstance(form, Words) and not form.previewed():
        form.mark_seen()
        return drawn(request, case, form)
    try:
        form.act()
    except ledger.Stale as late:
        return stale(request, form, late)
    except ledger.NotAllowed:
        return closed(request, access.case(request.viewer, case.number), form, [])
    except RoutingRefused as error:
        form.refuse_routing(error) if isinstance(form, Handing) else form.refuse(error.code)
    except (FollowUpRefused, NotTheSame) as error:
        form.refuse(error.code)
    except NothingSaid:
        form.refuse("words_missing")
    else:
        messages.success(request, f"{case.number}: {form.told()}")
        return HttpResponseRedirect(next_page(request, case))
    return drawn(request, case, form, status=WRONG)


def stale(request: HttpRequest, form: Deed, late: ledger.Stale) -> HttpResponse:
    """Another officer was faster: say who did what, keep what was typed, let the officer choose again."""
    case = access.case(request.viewer, late.case.number)
    happened = missed(case, form)
    if form.step not in access.steps(request.viewer, case):
        return closed(request, case, form, happened)
    data = request.POST.copy()
    data["version"] = str(case.version)
    again = type(form)(case, request.viewer, request.now, data, **kept(form))
    return drawn(request, case, again, happened=happened, status=TOO_LATE)


def missed(case: Case, form: Deed) -> list[history.Line]:
    """What happened since the page was drawn on which this form was filled in."""
    behind = case.version - form.at_version() if form.at_version() else 1
    return history.moves(case, behind) if behind > 0 else []


def kept(form: Deed) -> dict[str, Any]:
    """Staged photos go on to the form that is drawn again."""
    return {"gathered": form.gathered} if hasattr(form, "gathered") else {}


def drawn(request: HttpRequest, case: Case, form: Deed, *, happened: list[history.Line] | None = None,
          status: int = 200) -> HttpResponse:  # fmt: skip
    Reference.get().dress(case)
    context = {
        "case": case,
        "form": form,
        "deed": form,
        "hidden": [field for field in form.hidden_fields() if field.name not in ("version", "seen", "draft")],
        "happened": happened or [],
        "after": after(form),
        "says": "",
        "family": family(request, case, form),
        "words": words,
        "back": next_page(request, case),
        "from_list": came_from(request),
        "shown": status == 200 and request.method == "POST",
    }
    return render(request, "desk/deed.html", context, status=status)


def aside(request: HttpRequest, case: Case, form: Deed) -> HttpResponse:
    """Only the right side, drawn anew while the officer chooses."""
    form.is_valid()
    return render(request, "desk/after.html", {"after": after(form), "says": form.says()})


def closed(request: HttpRequest, case: Case, form: Deed, happened: list[history.Line]) -> HttpResponse:
    """The step is not possible any more: where the case stands now, and what had been typed."""
    Reference.get().dress(case)
    context = {
        "case": case,
        "deed": form,
        "happened": happened or history.moves(case),
        "stands": stands(case, request.now),
        "typed": form.typed if request.method == "POST" else [],
        "back": reverse("case", args=[case.number]),
    }
    return render(request, "desk/closed.html", context, status=TOO_LATE)


def family(request: HttpRequest, case: Case, form: Deed) -> list[tuple[Any, ...]]:
    """Steps of the same kind, as tabs above the form: label, address, key, here."""
    mine = next((steps for steps in FAMILIES if form.step in steps), ())
    may = access.steps(request.viewer, case)
    rows = [
        (DEEDS[step].heading, reverse("deed", args=[case.number, step]), DEEDS[step].key, step == form.step)
        for step in mine
        if step == form.step or (step in may and glance.makes_sense(case, step, request.now))
    ]
    return rows if len(rows) > 1 else []


def came_from(request: HttpRequest) -> str:
    """ "antrean" where the officer came from the list, and wants to go on there."""
    return "antrean" if (request.POST.get("dari") or request.GET.get("dari")) == "antrean" else ""


def next_page(request: HttpRequest, case: Case) -> str:
    return reverse("inbox") if came_from(request) else reverse("case", args=[case.number])
