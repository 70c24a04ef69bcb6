"""What a crew fills in: how it ended, with photos; or why it can't go on."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tanggap.models import City, Reason, Resolution
from tanggap.web.uploads import PhotosField

DANGER = "unsafe_now"  # the coded reason of the red button, where the city has it
NOT_HERE = ("rejected",)  # endings only a desk may give
HINTS = {
    "fixed": gettext_lazy("nothing is left to do here"),
    "fixed_for_now": gettext_lazy("still needs a lasting repair"),
    "scheduled": gettext_lazy("name the day, we tell the citizens"),
    "passed_outside": gettext_lazy("with the letter and its receipt"),
    "unproven": gettext_lazy("show in the photo what you see here"),
}


class Work(forms.Form):
    photos = PhotosField(label=gettext_lazy("Photos from the spot, afterwards"))
    words = forms.CharField(
        label=gettext_lazy("What did you do?"), widget=forms.Textarea, max_length=4000, required=False
    )
    resolution = forms.ChoiceField(
        label=gettext_lazy("How did it end?"), widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how it ended.")},
    )  # fmt: skip
    on = forms.DateField(
        label=gettext_lazy("If it is scheduled: on which day?"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        rows = Resolution.objects.exclude(code__in=NOT_HERE).order_by("position")
        self.resolutions = {row.code: row for row in rows}
        language = get_language() or "id"
        self.fields["resolution"].choices = [
            (code, row.name(language)) for code, row in self.resolutions.items()
        ]
        self.hints = {code: words for code, words in HINTS.items() if code in self.resolutions}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("resolution") == "scheduled" and not data.get("on") and "on" not in self.errors:
            self.add_error("on", _("Name the day, so that the citizens know."))
        return data


class Pause(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why not?"), widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose why it can't go on.")},
    )  # fmt: skip
    until = forms.DateField(
        label=gettext_lazy("Until which day?"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.reasons = {
            row.code: row for row in Reason.objects.filter(step="pause").order_by("position", "code")
        }
        language = get_language() or "id"
        shown = [(code, row.name(language)) for code, row in self.reasons.items() if code != DANGER]
        self.fields["reason"].choices = shown

    @property
    def danger(self) -> Reason | None:
        return self.reasons.get(DANGER)

    def until_at(self) -> datetime | None:
        """The morning of that day, in the city's time."""
        on = self.cleaned_data.get("until")
        return datetime.combine(on, time(7, 30), City.get().zone) if on else None
