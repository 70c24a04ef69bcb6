"""The forms of a decision: approve or deny a move, answer an appeal, say who does it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanggap.access import Viewer
from tanggap.followup import actions as followup
from tanggap.models import Agency, Assignment, Case, Mandate, Reference, Task
from tanggap.pages.desk.agencies import by_name, upper
from tanggap.routing import actions as routing

OTHER = "other"
MOST = 8


class Decision(forms.Form):
    """`steps` are the buttons: name -> does it. Each takes words that stay with the decision."""

    note = forms.CharField(label=gettext_lazy("Your reason"), widget=forms.Textarea, max_length=4000,
                           required=False)  # fmt: skip
    steps: tuple[str, ...] = ()

    def __init__(self, task: Task, viewer: Viewer, now: datetime, *args: Any, **kwargs: Any):
        self.task, self.viewer, self.now = task, viewer, now
        super().__init__(*args, **kwargs)

    def do(self, step: str) -> None:
        doing: Callable[[], object] = getattr(self, step)
        doing()


class Move(Decision):
    """A transfer: the holder stays until it is approved."""

    steps = ("approve", "deny")

    def approve(self) -> None:
        self.answer(approve=True)

    def deny(self) -> None:
        self.answer(approve=False)

    def answer(self, approve: bool) -> None:
        routing.answer_transfer(self.task.id, approve=approve, by=self.viewer, now=self.now,
                                note=self.cleaned_data["note"])  # fmt: skip


class Naming(Decision):
    """A decision that names the agency which does it: one with the mandate, one that had it, or any other by
    its name."""

    to = forms.ChoiceField(label=gettext_lazy("Who does it?"), widget=forms.RadioSelect, required=False)
    typed = forms.CharField(label=gettext_lazy("Name of the office"), max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.offices = offices(self.task.case, self.now)
        self.fields["to"].choices = [(row["value"], row["title"]) for row in self.options]
        self.fields["to"].initial = self.offices[0][0].code if self.offices else OTHER

    @property
    def options(self) -> list[dict[str, Any]]:
        rows = [{"value": agency.code, "title": agency.name, "words": words, "key": str(place)}
                for place, (agency, words) in enumerate(self.offices, 1)]  # fmt: skip
        said = _("Another office: type its name")
        return [*rows, {"value": OTHER, "title": said, "words": "", "key": str(len(rows) + 1)}]

    def office(self) -> Agency:
        """The agency that was chosen or typed; raises NoOffice, with an error at the field."""
        chosen = self.cleaned_data.get("to") or OTHER
        typed = self.cleaned_data["typed"]
        found = by_name(typed) if chosen == OTHER else Reference.get().agencies.get(chosen)
        if found is None:
            self.add_error("typed", _("No single office bears this name. Type more of it."))
            raise NoOffice
        return found


class NoOffice(Exception):
    """The name that was typed means no office, or several."""


class Arbitration(Naming):
    steps = ("arbitrate",)

    def arbitrate(self) -> None:
        routing.arbitrate(self.task.case_id, self.office(), by=self.viewer, now=self.now,
                          note=self.cleaned_data["note"])  # fmt: skip


class Appeal(Naming):
    steps = ("grant", "uphold")

    def grant(self) -> None:
        self.answer(grant=True, to=self.office())

    def uphold(self) -> None:
        self.answer(grant=False)

    def answer(self, **more: Any) -> None:
        note = self.cleaned_data["note"]
        followup.answer_appeal(self.task.id, by=self.viewer, now=self.now, note=note, **more)


FORMS: dict[str, type[Decision]] = {Task.TRANSFER: Move, Task.ARBITER: Arbitration, Task.APPEAL: Appeal}


def offices(case: Case, now: datetime) -> list[tuple[Agency, str]]:
    """Whoever has the mandate for this matter here, then all who had the case, the latest first."""
    known = Reference.get()
    found: dict[int, tuple[Agency, str]] = {}
    if case.category is not None:
        for mandate in Mandate.objects.competent(case.category, case.area, now)[:3]:
            meant = mandate.holder_for(case.area)
            if meant is not None:
                said = _("Has the mandate. %(note)s") % {"note": upper(mandate.note) if mandate.note else ""}
                found.setdefault(meant.id, (known.agency_by_id[meant.id], said.strip()))
    rows = Assignment.objects.filter(case=case).order_by("-position")
    for row in rows:
        found.setdefault(row.agency_id, (known.agency_by_id[row.agency_id], _("Had it before.")))
    return list(found.values())[:MOST]
