"""The citizen's form in somebody else's hands: the same steps, and the citizen's name and number only with a yes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from tanggap.models import Channel, Reference, Report, local_day
from tanggap.pages.citizen.forms import ReportForm, Words

KIND = "partner"  # of the channel
NAME_LIMIT = 120


class FiledForm(ReportForm):
    """`contacts` after validation are the citizen's. A secret report is the citizen's own to make."""

    name = Words(
        NAME_LIMIT, label=lazy("Name of the citizen"), widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    contact = forms.CharField(
        required=False, label=lazy("Mobile number or e-mail of the citizen"),
        help_text=lazy("News goes there, not to you. Leave it empty where they don't want that."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )  # fmt: skip
    consent = forms.BooleanField(required=False, label=lazy("The citizen agrees"))

    NAMES = (*ReportForm.NAMES, "name", "consent")

    def __init__(self, post: Mapping[str, str] | None = None) -> None:
        """Whatever the city's default is: somebody else's words are private until they say otherwise."""
        super().__init__(post)
        if not (post or {}).get("visibility"):
            self.data["visibility"] = Report.PRIVATE

    def draw(self) -> "FiledForm":
        super().draw()
        rows = [(Report.PRIVATE, _("Private")), (Report.PUBLIC, _("Public"))]
        self.fields["visibility"].widget.choices = rows
        return self

    def clean_visibility(self) -> str:
        if self.cleaned_data["visibility"] not in (Report.PRIVATE, Report.PUBLIC):
            raise ValidationError(_("Choose who may see it."))
        return self.cleaned_data["visibility"]

    def clean(self) -> None:
        super().clean()
        told = self.cleaned_data
        if (self.data["name"] or self.data["contact"]) and not told.get("consent"):
            self.add_error("consent", _("Read it out and ask: without a yes leave name and number empty."))

    def check_something_is_said(self, has_photos: bool) -> None:
        if not self.data["words"] and not has_photos:
            self.add_error("words", _("Write what the citizen says, in a sentence, or add a photo."))


def channel(now: datetime) -> Channel | None:
    """The city's way in for partners, where it has one that is open today."""
    day = local_day(now)
    rows: list[Any] = [row for row in Reference.get().channels.values() if row.kind == KIND and row.active]
    rows = [row for row in rows if row.valid_from <= day and (row.valid_to is None or day < row.valid_to)]
    return min(rows, key=lambda row: row.id) if rows else None
