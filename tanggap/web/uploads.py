"""The form side of photos: what was good stays when a form comes back with an error, though a browser empties
its file fields.

A form carries one signed token, a `Draft`: its own UUID (sent twice, it is one report) and the UUID under
which its photos are staged. In a view:

    draft = uploads.read(request.POST.get("draft"))
    photos = uploads.gather(request, draft)             # stores the new files, finds the staged ones again
    form.add_error("photos", photos.errors)             # if any
    ... {{ f.photos(form["photos"], staged=photos.drawn) }} and a hidden field "draft" with draft.token
    deed(..., photos=photos.ids, draft=draft.photos)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tanggap.intake import files
from tanggap.lib.images import MEDIA_TYPES
from tanggap.lib.text import clean
from tanggap.models import Upload
from tanggap.web.headers import private

DRAFT, PHOTO = "tanggap.draft", "tanggap.photo"
SHOWN_FOR = files.STAGED_FOR
NAME_LIMIT = 60


@dataclass(frozen=True)
class Draft:
    """`genuine`: the token was made and signed by us, so whoever holds it is the one who got the form."""

    form: UUID
    photos: UUID
    genuine: bool = True

    @property
    def token(self) -> str:
        return signing.dumps([self.form.hex, self.photos.hex], salt=DRAFT)

    def anew(self) -> "Draft":
        """The same photos under another form: what is sent now is another report."""
        return Draft(uuid4(), self.photos)


def new() -> Draft:
    return Draft(uuid4(), uuid4())


def read(token: str | None) -> Draft:
    """The draft of a form that was sent. A bare UUID is taken as a form's own number (a program that repeats
    itself); what is unreadable becomes a new draft: a damaged token loses nobody's report."""
    try:
        form, photos = signing.loads(token or "", salt=DRAFT)
        return Draft(UUID(form), UUID(photos))
    except (signing.BadSignature, ValueError, TypeError):
        pass
    try:
        return Draft(UUID((token or "").strip()), uuid4(), genuine=False)
    except ValueError:
        return new()


class PhotosField(forms.Field):
    """Only drawn: `gather` reads the files, for each has an error of its own."""

    widget = forms.FileInput

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"required": False, **more})

    def clean(self, value: Any) -> None:
        return None


@dataclass
class Gathered:
    """The photos of a form, oldest first, and a sentence for each that could not be taken."""

    draft: Draft
    photos: list[Upload] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def ids(self) -> tuple[UUID, ...]:
        return tuple(photo.uuid for photo in self.photos)

    @property
    def hashes(self) -> list[str]:
        """What the photos are, whatever they are called: a file sent again has the same hash."""
        return sorted(bytes(photo.sha256).hex() for photo in self.photos)

    @property
    def drawn(self) -> list[dict[str, str]]:
        """As the macro f.photos takes them."""
        return [
            {
                "token": token(self.draft.photos, photo.uuid),
                "src": address(self.draft.photos, photo.uuid),
                "alt": _("Photo %(number)s, kept") % {"number": number},
            }
            for number, photo in enumerate(self.photos, 1)
        ]


def gather(request: HttpRequest, draft: Draft, **more: Any) -> Gathered:
    """Photos of this form that were staged before and not left out, and its new files, each checked and
    stored. No statement where there is neither."""
    return gather_into(Gathered(draft), request, **more)


def gather_into(
    found: Gathered, request: HttpRequest, *, name: str = "photos", most: int = 0, moment: str = "before",
    new_files: bool = True,
) -> Gathered:  # fmt: skip
    """The same into a `Gathered` that the caller keeps hold of, should the database fail in the middle."""
    most = most or settings.MAX_PHOTOS
    kept = tokens(request.POST.getlist(f"{name}_staged"), found.draft)
    dropped = tokens(request.POST.getlist(f"{name}_drop"), found.draft)
    if kept or dropped:
        for row in files.staged(found.draft.photos):
            if row.uuid in dropped:
                files.drop(found.draft.photos, row.uuid)
            elif row.uuid in kept:
                found.photos.append(row)
    for file in request.FILES.getlist(name) if new_files else ():
        if len(found.photos) >= most:
            found.errors.append(_("At most %(most)s photos. We kept the first ones.") % {"most": most})
            break
        keep(found, file, request, moment)
    return found


def keep(found: Gathered, file: UploadedFile, request: HttpRequest, moment: str) -> None:
    try:
        found.photos.append(files.keep(file, draft=found.draft.photos, now=request.now, moment=moment))
    except files.BadFile as error:
        found.errors.append(refusal(error.code, file.name or ""))


def refusal(code: str, name: str) -> str:
    """Why a file can't be taken and what to do, with the name by which its owner knows it."""
    sentences = {
        "not_an_image": _("%(name)s is no photo that we can read. Send JPEG, PNG, WebP, GIF or HEIC."),
        "too_many_pixels": _("%(name)s has more than 50 million pixels. Take it again at a usual size."),
        "too_big": _("%(name)s is bigger than 20 MB. Take it again at a usual size."),
        "empty": _("%(name)s is empty. Choose the photo again."),
    }
    said = sentences.get(code) or _("%(name)s can't be read. Choose another photo.")
    return said % {"name": clean(name, NAME_LIMIT) or _("This file")}


def token(draft: UUID, photo: UUID) -> str:
    return signing.dumps([draft.hex, photo.hex], salt=PHOTO)


def tokens(given: Sequence[str], draft: Draft) -> set[UUID]:
    """The photos these tokens name, as far as they are ours and of this form."""
    found = set()
    for one in given[:50]:
        try:
            of, photo = signing.loads(one, salt=PHOTO, max_age=SHOWN_FOR)
        except signing.BadSignature:
            continue
        if of == draft.photos.hex:
            found.add(UUID(photo))
    return found


def address(draft: UUID, photo: UUID) -> str:
    return f"{reverse('staged', args=(draft, photo))}?t={token(draft, photo)}"


@private
@require_safe
def staged(request: HttpRequest, draft: UUID, photo: UUID) -> HttpResponse:
    """A staged photo back to whoever is filling in its form. It is still the file as sent: nothing in it may
    act."""
    if photo not in tokens([request.GET.get("t", "")], Draft(draft, draft)):
        raise Http404
    row = next((row for row in files.staged(draft) if row.uuid == photo), None)
    if row is None:
        raise Http404
    return picture(row.path, MEDIA_TYPES[row.kind])


def picture(path: str, media_type: str = "image/jpeg") -> HttpResponse:
    """A stored file as a picture and as nothing else; 404 when it is gone."""
    try:
        file = (Path(settings.MEDIA_ROOT) / path).open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type=media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
