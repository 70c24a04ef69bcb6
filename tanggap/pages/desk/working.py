"""Deeds of the work itself: start, announce a date, wait, take up again, hand in as done."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from tanggap.followup import actions as followup
from tanggap.models import City, Event, Reference
from tanggap.web.words import day
from tanggap.workflow import BY_NAME

from .form import Deed, reason_field, reason_rows, reasons

MORNING = time(7, 30)


class Work(Deed):
    def event(self) -> Event:
        return Event(case=self.case, verb=BY_NAME[self.step].verb, at=self.now, data=self.facts())

    def facts(self) -> dict[str, Any]:
        return {}


class Start(Work):
    step, key, quick = "start", "m", True
    label = lazy("Start the work")
    heading = lazy("Start the work?")
    button = lazy("Start the work")

    def act(self) -> Any:
        return followup.start(self.case.id, by=self.viewer, now=self.now, version=self.at_version())

    def told(self) -> str:
        return _("The work has begun. The citizens have been told.")


class Resume(Work):
    step, key, quick = "resume", "m", True
    label = lazy("Take it up again")
    heading = lazy("Take it up again?")
    button = lazy("Take it up again")

    def act(self) -> Any:
        return followup.resume(self.case.id, by=self.viewer, now=self.now, version=self.at_version())

    def told(self) -> str:
        return _("Taken up again.")


class Estimate(Work):
    step, key = "estimate", "e"
    label = lazy("Announce a date")
    heading = lazy("When will it be done?")
    button = lazy("Announce this date")
    blames = {"date_past": "on", "date_far": "on"}

    on = forms.DateField(
        label=lazy("Expected to be done on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=lazy("The promise stays; citizens see both days."),
        error_messages={"required": lazy("Choose a day.")},
    )

    def facts(self) -> dict[str, Any]:
        on = self.fields["on"].widget.format_value(self.chosen("on"))
        try:
            return {"on": date.fromisoformat(on or "").isoformat()}
        except ValueError:
            return {}

    def act(self) -> Any:
        data = self.cleaned_data
        return followup.estimate(
            self.case.id, data["on"], by=self.viewer, now=self.now, version=self.at_version()
        )

    def told(self) -> str:
        return _("Announced: %(day)s.") % {"day": day(self.cleaned_data["on"], self.now)}


class Pause(Work):
    step, key, kind = "pause", "b", ""
    label = lazy("Wait")
    heading = lazy("What are you waiting for?")
    button = lazy("Wait, and say why")
    blames = {"reason_missing": "reason"}

    reason = reason_field(lazy("Why?"))
    until = forms.DateField(
        label=lazy("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=lazy("If you know the day. The promise stays, and so does the citizen's clock."),
    )

    def prepare(self) -> None:
        rows = reasons("pause")
        self.fields["reason"].choices = [(row.code, row.code) for row in rows]
        self.options["reason"] = reason_rows(rows)

    def clean_until(self) -> Any:
        day_ = self.cleaned_data["until"]
        if day_ is not None and day_ <= self.now.astimezone(City.get().zone).date():
            raise forms.ValidationError(_("Choose tomorrow or a later day."))
        return day_

    def act(self) -> Any:
        data = self.cleaned_data
        until = datetime.combine(data["until"], MORNING, City.get().zone) if data["until"] else None
        reason = Reference.get().reasons[data["reason"]]
        return followup.pause(self.case.id, by=self.viewer, now=self.now, reason=reason, until=until,
                              version=self.at_version())  # fmt: skip

    def told(self) -> str:
        return _("It waits now, and everybody can see why.")
