"""Deeds that hand a case on: refer, delegate, ask for a move, refuse, divide."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from tanggap.models import Agency, Category, Event, Reference
from tanggap.routing import actions as routing
from tanggap.workflow import BY_NAME, DELEGATE, REFER, RETURN, TRANSFER

from . import agencies
from .form import OTHER, Deed, note_field, reason_field, reason_rows, reasons


class Handing(Deed):
    """A step to another agency: chosen among the suggested ones, or typed."""

    way = ""
    typed_for = {"other": "to"}
    to_agency: Any = ""  # the button, once an agency is chosen
    blames = {
        "to_itself": "to",
        "not_our_unit": "to",
        "no_such_way": "to",
        "already_asked": "to",
        "reason_missing": "note",
    }

    to = forms.CharField(label=lazy("To whom?"), required=False, widget=forms.RadioSelect)
    other = forms.CharField(label=lazy("Name of the office"), required=False, max_length=200)
    note = note_field(lazy("Note for the office"), lazy("Citizens don't read it."))

    def prepare(self) -> None:
        self.choice = agencies.choice(self.case, self.way, self.now)
        self.options["to"] = self.choice.drawn()
        if not self.is_bound:
            self.initial["to"] = self.initial.get("to") or self.choice.first
        if not self.choice.more:
            del self.fields["other"]
        else:
            self.fields["other"].widget.attrs["list"] = "agencies"

    @property
    def names(self) -> list[str]:
        """What the browser offers while the officer types."""
        return [agency.name for agency in self.choice.targets.values()] if self.choice.more else []

    def meant(self) -> Agency | None:
        """The agency chosen or typed, whether or not it may be reached: the deed says."""
        code = self.chosen("to") or ""
        if code == OTHER:
            return agencies.by_name(self.chosen("other") or "") if "other" in self.fields else None
        return Reference.get().agencies.get(code)

    def says(self) -> str:
        to = self.meant()
        return str(self.to_agency) % {"agency": to.label} if to is not None else str(self.button)

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if self.meant() is None:
            typed = found.get("to") == OTHER
            if typed and found.get("other"):
                self.add_error("other", _("No office of this name, or several. Type more of it."))
            elif typed:
                self.add_error("other", _("Type the name of the office."))
            else:
                self.add_error("to", _("Choose an office."))
        return found

    def event(self) -> Event | None:
        to = self.meant()
        if to is None:
            return None
        data = {"to": to.code, "from": self.case.holder.code if self.case.holder else "", "kind": self.way}
        return Event(case=self.case, verb=BY_NAME[self.step].verb, at=self.now, data=data)

    def refuse_routing(self, error: routing.RoutingRefused) -> None:
        """A refusal of the routing room in this form's words: where to go instead, if there is such a place."""
        to = error.to or self.meant()
        if error.code in ("no_such_way", "not_our_unit") and to is not None and self.case.holder is not None:
            known = Reference.get().agencies[to.code]
            if error.code == "not_our_unit" and known.parent is not None:
                self.refuse(error.code, to=known.name, above=known.parent.name)
                return
            self.add_error("to", agencies.why_not(self.case, known, self.choice.targets, self.now))
            return
        self.refuse(error.code)


class Refer(Handing):
    step, way, key = "refer", REFER, "r"
    label = lazy("Refer")
    heading = lazy("Refer to another office")
    button = lazy("Refer")
    to_agency = lazy("Refer to %(agency)s")

    def act(self) -> Any:
        data = self.cleaned_data
        return routing.refer(self.case.id, self.meant(), by=self.viewer, now=self.now, version=self.at_version(),
                             note=data["note"])  # fmt: skip

    def told(self) -> str:
        return _("Referred to %(agency)s.") % {"agency": self.meant().name}


class Delegate(Handing):
    step, way, key = "delegate", DELEGATE, "i"
    label = lazy("Delegate to own unit")
    heading = lazy("Delegate to a unit of your own")
    button = lazy("Delegate")
    to_agency = lazy("Delegate to %(agency)s")

    def act(self) -> Any:
        data = self.cleaned_data
        return routing.delegate(self.case.id, self.meant(), by=self.viewer, now=self.now,
                                version=self.at_version(), note=data["note"])  # fmt: skip

    def told(self) -> str:
        return _("Delegated to %(agency)s.") % {"agency": self.meant().name}


class RequestTransfer(Handing):
    step, way, key = "request_transfer", TRANSFER, "w"
    label = lazy("Ask to move it")
    heading = lazy("Ask to move it to another office")
    button = lazy("Ask for the move")
    to_agency = lazy("Ask to move it to %(agency)s")

    reason = forms.ChoiceField(label=lazy("Reason"), required=False)
    note = note_field(
        lazy("Why should it move?"), lazy("The approver reads this. You keep the case meanwhile."), True
    )

    field_order = ["to", "other", "reason", "note"]

    def prepare(self) -> None:
        super().prepare()
        language = get_language() or "id"
        rows = [(row.code, row.name(language)) for row in reasons(TRANSFER)]
        self.fields["reason"].choices = [("", _("choose a reason")), *rows]

    def act(self) -> Any:
        data = self.cleaned_data
        reason = Reference.get().reasons.get(data["reason"])
        return routing.request_transfer(self.case.id, self.meant(), by=self.viewer, now=self.now,
                                        note=data["note"], version=self.at_version(), reason=reason)  # fmt: skip

    def told(self) -> str:
        return _("Asked to move it to %(agency)s. It stays with you until the answer.") % {
            "agency": self.meant().name
        }


class Refuse(Deed):
    step, key, kind = "refuse", "d", "stop-it"
    label = lazy("Refuse")
    heading = lazy("Refuse: not ours")
    button = lazy("Refuse and hand back")
    blames = {"reason_missing": "reason"}

    reason = reason_field(lazy("Why?"))
    note = note_field(lazy("Note for the next office"), lazy("Citizens don't read it."))

    def prepare(self) -> None:
        rows = reasons("refuse")
        self.fields["reason"].choices = [(row.code, row.code) for row in rows]
        self.options["reason"] = reason_rows(rows)
        self.back_to = routing.giver_of(self.case)

    def act(self) -> Any:
        data = self.cleaned_data
        return routing.refuse(self.case.id, by=self.viewer, now=self.now,
                              reason=Reference.get().reasons[data["reason"]], note=data["note"],
                              version=self.at_version())  # fmt: skip

    def event(self) -> Event:
        step = "refuse" if self.back_to else "refuse_to_desk"
        data = {"from": self.case.holder.code if self.case.holder else "", "kind": RETURN,
                "reason": self.chosen("reason") or ""}  # fmt: skip
        if self.back_to:
            data["to"] = self.back_to.code
        return Event(case=self.case, verb=BY_NAME[step].verb, at=self.now, data=data)

    def told(self) -> str:
        if self.back_to:
            return _("Handed back to %(agency)s.") % {"agency": self.back_to.name}
        return _("Handed back to the triage desk.")


class Divide(Handing):
    step, way, key = "divide", "divide", "s"
    label = lazy("Divide the work")
    heading = lazy("Divide the work between offices")
    button = lazy("Give this part")
    to_agency = lazy("Give this part to %(agency)s")
    blames = {**Handing.blames, "reason_missing": "title"}

    title = forms.CharField(label=lazy("What does this part do?"), max_length=110,
                            help_text=lazy("Citizens read it: “Clean the drain under the road.”"))  # fmt: skip
    matter = forms.ChoiceField(label=lazy("Matter"), required=False)
    note = None

    field_order = ["to", "other", "title", "matter"]

    def prepare(self) -> None:
        super().prepare()
        language = get_language() or "id"
        self.fields["matter"].choices = [("", _("the same as the whole")), *matters(language)]

    def act(self) -> Any:
        data = self.cleaned_data
        matter = Reference.get().categories.get(data["matter"])
        return routing.divide(self.case.id, self.meant(), data["title"], by=self.viewer, now=self.now,
                              category=matter, version=self.at_version())  # fmt: skip

    def told(self) -> str:
        return _("A part was given to %(agency)s. This case can't end before it.") % {
            "agency": self.meant().name
        }


def matters(language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Categories in their groups, for a list to choose from."""
    groups: dict[str, list[Category]] = {}
    for row in sorted(
        Reference.get().categories.values(), key=lambda row: (row.group.position, row.name(language))
    ):
        if row.valid_to is None:
            name = row.group.name_en if language == "en" else row.group.name_id
            groups.setdefault(name, []).append(row)
    return [(name, [(row.code, row.name(language)) for row in rows]) for name, rows in groups.items()]
