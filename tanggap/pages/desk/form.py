"""What all deeds of the desk have in common: a small form that shows what will follow and posts with a version."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tanggap.access import Viewer
from tanggap.lib.text import clean
from tanggap.models import Case, Event, Reason
from tanggap.web.words import when

from . import words

OTHER = "other"  # the choice that is typed
TYPED_LIMIT = 10_000  # signs of a field that are looked at before it is valid


class Deed(forms.Form):
    """A step of workflow.py as a form. A subclass names its step, its key and its sentences, and does the deed."""

    step: ClassVar[str] = ""
    key: ClassVar[str] = ""
    label: ClassVar[Any] = ""  # on the case's button
    heading: ClassVar[Any] = ""  # of the page
    button: ClassVar[Any] = ""
    kind: ClassVar[str] = "go"  # of the button: go, "" or stop-it
    quick: ClassVar[bool] = False  # done from the case's page at once: nothing to say, nothing to choose
    looked: ClassVar[bool] = False  # what will be sent is shown before it is sent
    blames: ClassVar[Mapping[str, str]] = {}  # code of a refusal -> field it stands at
    follows: ClassVar[tuple[Any, ...]] = ()  # what follows in sentences, where nothing moves
    typed_for: ClassVar[Mapping[str, str]] = {}  # field to type in -> the choice whose "other" it belongs to

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, case: Case, viewer: Viewer, now: datetime, *args: Any, **more: Any):
        self.case, self.viewer, self.now = case, viewer, now
        self.options: dict[str, list[dict[str, Any]]] = {}
        more.setdefault("initial", {"version": case.version} | self.first_values())
        super().__init__(*args, **more)
        self.prepare()

    @classmethod
    def of(cls, request: HttpRequest, case: Case) -> "Deed":
        """The form of a request: empty, or with what was posted."""
        data = request.POST if request.method == "POST" else None
        return cls(case, request.viewer, request.now, data)

    def first_values(self) -> dict[str, Any]:
        """What stands in the fields before anything was typed."""
        return {}

    def prepare(self) -> None:
        """Fill choices from the case; put drawn options into `self.options[field]`."""

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        for field, choice in self.typed_for.items():
            if found.get(field) and found.get(choice) != OTHER:
                said = _(
                    "You typed something here and chose something else above. Empty this, or choose the last one."
                )
                self.add_error(field, said)
        return found

    def act(self) -> Any:
        """Take the step, after `is_valid`. Raises what the deed raises."""
        raise NotImplementedError

    def told(self) -> str:
        """What the officer reads afterwards."""
        return str(self.button)

    def says(self) -> str:
        """What the button says, with what is chosen now."""
        return str(self.button)

    def event(self) -> Event | None:
        """The event this will be, unsaved, with what is chosen now: what follows is drawn from it."""
        return None

    def at_version(self) -> int:
        # a form without a version is as good as one from long ago: it is told what happened, and chooses again
        return self.cleaned_data.get("version") or 0

    def chosen(self, name: str) -> Any:
        """The value of a field as it stands, typed or first: not yet valid, but nothing that no database takes."""
        value = self[name].value()
        return clean(value, TYPED_LIMIT) if isinstance(value, str) else value

    def refuse(self, code: str, **facts: str) -> None:
        """Stand the sentence of a refusal at its field, or on top."""
        field = self.blames.get(code)
        self.add_error(field if field in self.fields else None, words.refusal(code, **facts))

    @property
    def typed(self) -> list[tuple[str, str]]:
        """Label and text of what was typed, for a page that can't take it any more."""
        shown = [field for field in self.visible_fields() if field.widget_type in ("text", "textarea")]
        return [(field.label, field.value()) for field in shown if field.value()]


def reasons(step: str) -> list[Reason]:
    return list(Reason.objects.filter(step=step).order_by("position", "code"))


def reason_rows(rows: list[Reason]) -> list[dict[str, Any]]:
    """Reasons as the desk's choices, each with a digit."""
    language = get_language() or "id"
    return [
        {
            "value": row.code,
            "title": row.name(language),
            "words": row.legal,
            "key": str(place) if place < 10 else "",
        }
        for place, row in enumerate(rows, start=1)
    ]


def reason_field(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, widget=forms.RadioSelect, error_messages={"required": words.REFUSALS["reason_missing"]}
    )


def note_field(label: Any, help_text: Any = "", required: bool = False) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=required, max_length=2000)


def stands(case: Case, now: datetime) -> str:
    """The sentence beside a deed that is not possible any more."""
    since = _("Since %(when)s.") % {"when": when(case.changed_at, now)}
    return f"{words.standing(case)} {since}"
