"""A photo for the public: an officer draws boxes over faces and number plates, looks, and publishes it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from tanggap import access, ledger
from tanggap.models import Case, Event, Reference, Upload
from tanggap.triage import photos
from tanggap.triage.photos import PhotoRefused
from tanggap.web.viewer import officer

from . import words

WRONG, NOT_POSSIBLE = 422, 409
BLANK, MORE = 2, 4  # rows to fill in without a script, and how many the button adds
SIZE = (640, 480)  # of a picture whose own is not known
REFUSED = {
    "private": lazy("Only photos of public reports can be published. This one stays with those who work on it."),
    "not_ready": lazy("The photo is still being prepared, or it can't be read."),
    "boxes": lazy("These boxes don't lie in the photo. Draw them again."),
    "broken": lazy("The photo can't be read any more, so nothing was published."),
    "busy": lazy("The machine is very busy, so nothing was published yet. Try it again."),
}  # fmt: skip


def percent(label: Any, least: float) -> forms.FloatField:
    attrs = {"step": "0.1", "inputmode": "decimal"}
    widget = forms.NumberInput(attrs=attrs)
    return forms.FloatField(label=label, required=False, min_value=least, max_value=100, widget=widget)


class Box(forms.Form):
    """One box in per cent of the photo; an empty row is no box."""

    left = percent(lazy("From the left (per cent)"), 0)
    top = percent(lazy("From the top (per cent)"), 0)
    width = percent(lazy("Width (per cent)"), 0.1)
    height = percent(lazy("Height (per cent)"), 0.1)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        given = [name for name in self.fields if found.get(name) is not None]
        if given and not self.errors:
            for name in self.fields:
                if name not in given:
                    self.add_error(name, _("All four numbers make a box."))
            if found.get("left") == 100 or found.get("top") == 100:
                raise forms.ValidationError(str(REFUSED["boxes"]))
        return found

    @property
    def fractions(self) -> list[float]:
        """[x, y, width, height], empty for an empty or a wrong row."""
        found = [getattr(self, "cleaned_data", {}).get(name) for name in self.fields]
        return [] if None in found or self.errors else [part / 100 for part in found]


class Rows(forms.BaseFormSet):
    def clean(self) -> None:
        """A box that was sent and not counted would be left off the photo in silence."""
        if sum(name.endswith("-left") for name in self.data) > len(self.forms):
            raise forms.ValidationError(str(REFUSED["boxes"]))


Boxes = forms.formset_factory(
    Box, Rows, extra=BLANK, max_num=photos.MOST_BOXES, absolute_max=photos.MOST_BOXES
)


@officer()
def release(request: HttpRequest, photo: UUID) -> HttpResponse:
    """404 for whoever may not publish photos of the case; a photo that stays private says so."""
    row, case = found(request, photo)
    if request.method != "POST":
        return drawn(request, row, case, Boxes(initial=last_boxes(row, case), prefix="kotak"))
    what = request.POST.get("do", "look")
    if what == "withdraw":
        photos.withdraw_photo(row.id, by=request.viewer, now=request.now)
        messages.success(request, _("The photo is taken back. Its address is gone."))
        return HttpResponseRedirect(reverse("release", args=[row.uuid]))
    boxes = Boxes(with_more(request) if what == "more" else request.POST, prefix="kotak")
    if not boxes.is_valid():
        return drawn(request, row, case, boxes, status=WRONG)
    if what != "release":
        return drawn(request, row, case, boxes)
    try:
        photos.release_photo(row.id, fractions(boxes), by=request.viewer, now=request.now)
    except ledger.NotAllowed:
        raise Http404 from None  # it was joined into another meanwhile
    except PhotoRefused as error:
        return drawn(request, row, case, boxes, str(REFUSED[error.code]), NOT_POSSIBLE)
    messages.success(request, _("The photo is published, with everything covered that you see black here."))
    return HttpResponseRedirect(reverse("release", args=[row.uuid]))


def found(request: HttpRequest, photo: UUID) -> tuple[Upload, Case]:
    rows = Upload.objects.select_related("report__case", "followup__case", "released_by")
    row = rows.filter(uuid=photo).first()
    try:
        case = photos.shows(row).case if row else None
        if row is None or case is None:
            raise Http404
        access.check_step(request.viewer, case, photos.RELEASE)
    except (PhotoRefused, ledger.NotAllowed):
        raise Http404 from None
    return row, case


def last_boxes(row: Upload, case: Case) -> list[dict[str, float]]:
    """The boxes of the last release, so that one more can be added to them."""
    event = Event.objects.filter(case=case, verb="case.photo_released", data__photo=str(row.uuid)).last()
    boxes = event.data["boxes"] if event else []
    return [dict(zip(Box.base_fields, [round(part * 100, 2) for part in box], strict=True)) for box in boxes]


def with_more(request: HttpRequest) -> dict[str, Any]:
    data = request.POST.copy()
    rows = data.get("kotak-TOTAL_FORMS", "")[:4]
    data["kotak-TOTAL_FORMS"] = str(
        min(int(rows) if rows.isdecimal() else 0, photos.MOST_BOXES - MORE) + MORE
    )
    return data


def fractions(boxes: Any) -> list[list[float]]:
    """The boxes as typed or as they were; rows that are wrong are left out."""
    if not boxes.is_bound:
        return [[part / 100 for part in row.values()] for row in boxes.initial or []]
    return [box.fractions for box in boxes if box.fractions]


def drawn(
    request: HttpRequest, row: Upload, case: Case, boxes: Any, refused: str = "", status: int = 200
) -> HttpResponse:
    Reference.get().dress(case)
    why = photos.why_not(row)
    wide, high = (row.width, row.height) if row.width and row.height else SIZE
    covered = [[x * wide, y * high, w * wide, h * high] for x, y, w, h in fractions(boxes)]
    context = {
        "row": row,
        "case": case,
        "boxes": boxes,
        "covered": covered,
        "wide": wide,
        "high": high,
        "why": REFUSED[why] if why else "",
        "refused": refused,
        "wrong": boxes.is_bound and not boxes.is_valid(),
        "words": words,
        "public": row.public.rsplit("/", 1)[-1] if row.public else "",
    }
    return render(request, "desk/release.html", context, status=status)
