"""Seven fields for the keyboard. All may be empty but the words; what was typed always comes back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanggap.access import Viewer
from tanggap.channels.base import Contact
from tanggap.door import SHORT_LIMIT, WORDS_LIMIT
from tanggap.models import Agency, Channel, City, Membership, Reference
from tanggap.pages.citizen.forms import KeptForm, Words, all_kinds, contact
from tanggap.web.uploads import PhotosField

SELF, OTHER, GROUP = "self", "other", "group"
PHONE, COME, PAGE = "phone", "come", "page"
FOR_WHOM = [
    (SELF, gettext_lazy("Themselves")),
    (OTHER, gettext_lazy("Somebody else")),
    (GROUP, gettext_lazy("RT, RW or a body")),
]
REACH = [
    (PAGE, gettext_lazy("By the code on the receipt")),
    (PHONE, gettext_lazy("Telephone, by an officer")),
    (COME, gettext_lazy("They come again")),
]


class WalkIn(KeptForm):
    """A citizen at the counter. `contacts` after validation."""

    NAMES = ("channel", "name", "contact", "whom", "words", "place", "category", "reach", "consent", "same")
    channel = forms.ChoiceField(label=gettext_lazy("Counter"))
    name = Words(
        120, label=gettext_lazy("Name of the citizen"), widget=forms.TextInput({"autocomplete": "off"})
    )
    contact = forms.CharField(
        label=gettext_lazy("Mobile number or e-mail"), required=False,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "tel"}),
    )  # fmt: skip
    whom = forms.ChoiceField(label=gettext_lazy("For whom?"), widget=forms.RadioSelect, choices=FOR_WHOM)
    words = Words(WORDS_LIMIT, label=gettext_lazy("What is the problem?"), widget=forms.Textarea)
    place = Words(SHORT_LIMIT, label=gettext_lazy("Place"), widget=forms.TextInput({"autocomplete": "off"}))
    category = forms.CharField(label=gettext_lazy("Kind"), required=False, widget=forms.Select)
    reach = forms.ChoiceField(
        label=gettext_lazy("How do they hear?"), widget=forms.RadioSelect, choices=REACH
    )
    consent = forms.BooleanField(label=gettext_lazy("Read out"), required=False)
    same = forms.CharField(required=False, widget=forms.HiddenInput)
    photos = PhotosField(label=gettext_lazy("Letter or photo"))

    def __init__(self, channels: list[Channel], post: Mapping[str, str] | None = None, first: str = ""):
        super().__init__(post)
        self.contacts: tuple[Contact, ...] = ()
        self.initial = {"channel": first, "whom": SELF, "reach": PAGE}
        self.fields["channel"].choices = [(row.code, row.name) for row in channels]
        self.fields["category"].widget.choices = all_kinds()
        for name in ("contact", "category"):
            self.fields[name].validators = []

    def said(self, name: str) -> str:
        return str(self[name].value() or "")

    def clean_contact(self) -> str:
        said = self.cleaned_data["contact"].strip()
        if said:
            if len(said) > SHORT_LIMIT:
                raise ValidationError(_("One number or one address is enough."))
            self.contacts = (contact(said),)
        return said

    def clean_category(self) -> str:
        code = self.cleaned_data["category"]
        if code and code not in Reference.get().categories:
            raise ValidationError(_("We do not know this kind. Choose one of the list, or leave it to us."))
        return code

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("reach") == PHONE and not self.said("contact"):
            self.add_error(
                "contact", _("Without a number nobody can telephone. Ask for it, or choose another way.")
            )
        if (data.get("name") or data.get("contact")) and not data.get("consent"):
            self.add_error("consent", _("Read it out and ask: without a yes leave name and number empty."))
        return data

    def check_something_is_said(self, has_photos: bool) -> None:
        if not self.said("words").strip() and not has_photos:
            self.add_error("words", _("Write what the citizen says, in a sentence."))


def counters(now: datetime) -> list[Channel]:
    """The city's counters that are open today, as its rows name them."""
    day = now.astimezone(City.get().zone).date()
    rows = [row for row in Reference.get().channels.values() if row.kind == "counter" and row.active]
    rows = [row for row in rows if row.valid_from <= day and (row.valid_to is None or day < row.valid_to)]
    return sorted(rows, key=lambda row: row.id)


def desk_of(viewer: Viewer) -> Agency | None:
    """The agency at whose counter the officer sits."""
    mine = viewer.agencies(Membership.COUNTER)
    return Reference.get().agency_by_id.get(mine[0]) if mine else None


def usual(channels: list[Channel], agency: Agency | None, last: str) -> str:
    """The counter used last, else the one called like the agency's kind, else the first."""
    codes = [row.code for row in channels]
    kind = agency.kind_id if agency else ""
    return next((code for code in (last, kind) if code in codes), codes[0] if codes else "")
