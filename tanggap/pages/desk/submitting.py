"""The deed of handing work in: how it ended, in words, with photos from the spot."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from tanggap.followup import actions as followup
from tanggap.models import Case, Event, Resolution
from tanggap.web import uploads
from tanggap.workflow import BY_NAME

from .form import Deed

REJECTED = "rejected"  # the triage desk's way to end a case, not a handler's


class Submit(Deed):
    """Photos stay staged while the form comes back with an error: a browser empties its file fields."""

    step, key = "submit", "l"
    label = lazy("Work done")
    heading = lazy("How did it end?")
    button = lazy("Hand in for review")
    blames = {"words_missing": "said", "photo_missing": "photos", "photo_broken": "photos"}

    resolution = forms.ChoiceField(
        label=lazy("How did it end?"),
        widget=forms.RadioSelect,
        error_messages={"required": lazy("Choose how it ended.")},
    )
    said = forms.CharField(
        label=lazy("What was done?"),
        max_length=followup.WORDS_LIMIT,
        widget=forms.Textarea,
        help_text=lazy("Citizens read it: what, how big, when. A letter sent is not the work done."),
        error_messages={"required": lazy("Say in a sentence what was done.")},
    )
    photos = uploads.PhotosField(
        label=lazy("Photos from the spot"),
        help_text=lazy(
            "From the report's point, with the surroundings. Where something was fixed, one is needed."
        ),
    )
    draft = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, gathered: uploads.Gathered | None = None, **more: Any):
        self.gathered = gathered or uploads.Gathered(uploads.new())
        super().__init__(*args, **more)

    @classmethod
    def of(cls, request: HttpRequest, case: Case) -> "Submit":
        if request.method != "POST":
            return cls(case, request.viewer, request.now)
        draft = uploads.read(request.POST.get("draft"))
        if "preview" in request.GET:  # only looking: nothing is kept or left out yet
            return cls(case, request.viewer, request.now, request.POST, gathered=uploads.Gathered(draft))
        gathered = uploads.gather(request, draft, moment="after")
        form = cls(case, request.viewer, request.now, request.POST, gathered=gathered)
        if gathered.errors:
            form.add_error("photos", gathered.errors)
        return form

    def prepare(self) -> None:
        language = get_language() or "id"
        rows = Resolution.objects.exclude(code=REJECTED).order_by("position")
        self.fields["resolution"].choices = [(row.code, row.name(language)) for row in rows]
        self.options["resolution"] = [
            {"value": row.code, "title": row.name(language), "key": str(place)}
            for place, row in enumerate(rows, start=1)
        ]

    @property
    def staged(self) -> list[dict[str, str]]:
        return self.gathered.drawn

    @property
    def draft_token(self) -> str:
        return self.gathered.draft.token

    def event(self) -> Event:
        code = self.chosen("resolution") or ""
        return Event(case=self.case, verb=BY_NAME["submit"].verb, at=self.now, data={"resolution": code})

    def act(self) -> Any:
        data = self.cleaned_data
        return followup.submit(
            self.case.id, by=self.viewer, now=self.now,
            resolution=Resolution.objects.get(code=data["resolution"]), words=data["said"],
            photos=self.gathered.ids, draft=self.gathered.draft.photos, version=self.at_version(),
        )  # fmt: skip

    def told(self) -> str:
        count = len(self.gathered.ids)
        said = ngettext("Handed in with %(num)s photo.", "Handed in with %(num)s photos.", count) % {
            "num": count
        }
        return said + " " + _("A reviewer looks at it, then the citizens are asked.")
