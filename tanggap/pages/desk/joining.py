"""Deeds about what a case is: join with another, split again, cover words, refuse a report at the triage desk."""

from typing import Any

from django import forms
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from tanggap import access, ledger
from tanggap.lib import text
from tanggap.models import Case, Event, Reference
from tanggap.monitoring import queries
from tanggap.triage import actions as triage
from tanggap.web.marks import unmarked
from tanggap.web.words import metres, percent
from tanggap.workflow import BY_NAME

from .form import OTHER, Deed, reason_field, reason_rows, reasons


class Join(Deed):
    step, key = "join", "g"
    label = lazy("Join")
    heading = lazy("Join with another case")
    button = lazy("Join")
    blames = dict.fromkeys(("itself", "secret", "part", "older"), "into")
    typed_for = {"number": "into"}

    into = forms.CharField(
        label=lazy("Which case is the same?"), required=False, widget=forms.RadioSelect,
        help_text=lazy("Also where this report only answers a question, or adds words to the older one."),
    )  # fmt: skip
    number = forms.CharField(label=lazy("Number of the other case"), required=False, max_length=40)

    def prepare(self) -> None:
        near = [row for row in queries.around(self.viewer, self.case) if row.likely]
        rows = [
            {
                "value": row.case.number,
                "title": unmarked(row.case.title) or row.case.number,
                "words": _("%(number)s · %(away)s away · %(holder)s") % {
                    "number": row.case.number,
                    "away": metres(row.metres),
                    "holder": row.case.holder.label if row.case.holder else _("triage desk"),
                },
                "num": percent(row.likeness),
                "key": str(place),
            }
            for place, row in enumerate(near[:8], start=1)
        ]  # fmt: skip
        typed = {"value": OTHER, "title": _("Another case: type its number"), "key": str(len(rows) + 1)}
        self.options["into"] = [*rows, typed]
        if not self.is_bound:
            self.initial["into"] = self.initial.get("into") or self.options["into"][0]["value"]

    def other(self) -> Case | None:
        """The other case, if the viewer may read it."""
        chosen = self.chosen("into") or ""
        number = (self.chosen("number") or "") if chosen == OTHER else chosen
        try:
            return access.case(self.viewer, text.clean(number, 40)) if number else None
        except Http404:
            return None

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if self.other() is None:
            field = "number" if found.get("into") == OTHER else "into"
            self.add_error(field, _("There is no such case, or it isn't yours to read."))
        return found

    def order(self) -> tuple[Case, Case] | None:
        """(the younger, the older): the reports move to the older one."""
        other = self.other()
        if other is None:
            return None
        pair = sorted((self.case, other), key=lambda case: (case.opened_at, case.id), reverse=True)
        return pair[0], pair[1]

    def event(self) -> Event | None:
        pair = self.order()
        if pair is None:
            return None
        reports = list(pair[0].reports.values_list("id", flat=True))
        return Event(case=pair[0], verb=BY_NAME["join"].verb, at=self.now,
                     data={"into": pair[1].number, "reports": reports})  # fmt: skip

    def act(self) -> Any:
        young, old = self.order()
        if young.id == self.case.id:
            return triage.join(young.id, old.id, by=self.viewer, now=self.now, version=self.at_version())
        with ledger.deed():
            # this case takes the other one in: its version is what the officer saw
            ledger.take(self.case.id, self.at_version())
            return triage.join(young.id, old.id, by=self.viewer, now=self.now)

    def told(self) -> str:
        young, old = self.order()
        return _("%(young)s is now part of %(old)s. All reporters are still told; it can be undone.") % {
            "young": young.number, "old": old.number,
        }  # fmt: skip


class Split(Deed):
    step, key, kind = "split", "s", ""
    label = lazy("Split off again")
    follows = (
        lazy("Its reports go back to it, with all that was said."),
        lazy("It returns to whoever held it, or to the triage desk."),
        lazy("Its reporters are told by it again; nothing is lost."),
    )
    heading = lazy("Split off again?")
    button = lazy("Split off again")

    def act(self) -> Any:
        ledger.take(self.case.id, self.at_version())
        return triage.split(self.case.id, by=self.viewer, now=self.now)

    def told(self) -> str:
        return _("Split off again. Its reporters are told by this case from now on.")


class Redact(Deed):
    step, key, kind = "redact", "", ""
    label = lazy("Cover words")
    follows = (
        lazy("Officers and the public see a black bar instead, in lists and in search too."),
        lazy("The original stays sealed and whole; opening it is recorded."),
        lazy("That you covered words stands in the history, the words themselves do not."),
    )
    heading = lazy("Cover words")
    button = lazy("Cover these words")

    report = forms.ChoiceField(label=lazy("In which report?"), widget=forms.RadioSelect)
    said = forms.CharField(
        label=lazy("Words to cover"),
        max_length=300,
        help_text=lazy("Exactly as they stand there. The original stays sealed and whole."),
        error_messages={"required": lazy("Type the words as they stand there.")},
    )

    def prepare(self) -> None:
        self.reports = {str(row.id): row for row in self.case.reports.order_by("id")[:50]}
        self.fields["report"].choices = [(key, row.number) for key, row in self.reports.items()]
        self.options["report"] = [{"value": key, "title": row.number} for key, row in self.reports.items()]
        if len(self.reports) == 1:
            self.fields["report"] = forms.CharField(widget=forms.HiddenInput)
        if not self.is_bound and self.reports:
            self.initial["report"] = self.initial.get("report") or next(iter(self.reports))

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        row = self.reports.get(found.get("report", ""))
        said = found.get("said", "")
        if row is not None and said and self.place(row.words, said) is None:
            self.add_error("said", _("These words don't stand in this report. Copy them from above."))
        return found

    @staticmethod
    def place(words: str, said: str) -> tuple[int, int] | None:
        start = words.find(said)
        if start < 0:
            start = words.lower().find(said.lower())
        if start < 0 or "⟦" in said or "⟧" in said:
            return None
        return start, start + len(said)

    def act(self) -> Any:
        row = self.reports[self.cleaned_data["report"]]
        with ledger.deed():
            ledger.take(self.case.id, self.at_version())
            row.refresh_from_db()
            found = self.place(row.words, self.cleaned_data["said"])
            if found is None:
                raise ledger.Stale(self.case, [])
            return triage.redact_words(row.id, *found, by=self.viewer, now=self.now)

    def told(self) -> str:
        return _("Covered. Nobody reads these words any more, unless the original is opened.")


class Reject(Deed):
    step, key, kind = "reject", "0", "stop-it"
    label = lazy("No report")
    heading = lazy("Close it without work")
    button = lazy("Close it, and say why")

    reason = reason_field(lazy("Why?"))

    def prepare(self) -> None:
        rows = reasons("reject")
        self.fields["reason"].choices = [(row.code, row.code) for row in rows]
        self.options["reason"] = reason_rows(rows)

    def event(self) -> Event:
        return Event(case=self.case, verb=BY_NAME["reject"].verb, at=self.now,
                     data={"reason": self.chosen("reason") or ""})  # fmt: skip

    def act(self) -> Any:
        reason = Reference.get().reasons[self.cleaned_data["reason"]]
        return triage.reject(
            self.case.id, by=self.viewer, now=self.now, reason=reason, version=self.at_version()
        )

    def told(self) -> str:
        return _("Closed with a reason. The citizen reads it and can appeal.")
