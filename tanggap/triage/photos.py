"""Deeds on photos: an officer releases one to the public, boxes drawn over faces and number plates, or takes it back.

Until a machine masks them, a public copy exists only by such a deed. Its file has a random name and no metadata; the
row names it, so a name that no row holds any more has no address.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from tanggap import access, ledger
from tanggap.access import Viewer
from tanggap.ledger import deed
from tanggap.lib import files, images
from tanggap.models import Case, FollowUp, Report, Upload

RELEASE, WITHDRAW = "release_photo", "withdraw_photo"
MOST_BOXES = 40
Boxes = Sequence[Sequence[float]]  # [x, y, width, height] each, in fractions of the upright picture


class PhotoRefused(Exception):
    """This photo can't be published; `code` says why: private, not_ready, boxes, broken, busy."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def shows(photo: Upload) -> Report | FollowUp:
    """The report or the work that the photo is of. One sent with later words is for the officers alone."""
    found = photo.report or photo.followup
    if found is None:
        raise PhotoRefused("private")
    return found


def is_private(photo: Upload) -> bool:
    """Whether the public may not see this photo whatever an officer does. A photo of the work goes by the case: one
    public report on it is enough."""
    found = photo.report or photo.followup
    if found is None or found.case.visibility == Report.SECRET:
        return True
    if isinstance(found, Report):
        return found.visibility != Report.PUBLIC
    return not Report.objects.filter(case=found.case_id, visibility=Report.PUBLIC).exists()


def why_not(photo: Upload) -> str:
    """The code of what speaks against a release, "" where nothing does."""
    if is_private(photo):
        return "private"
    return "" if photo.state == Upload.READY and photo.copy else "not_ready"


def check_release(photo: Upload, case: Case, by: Viewer) -> str:
    """The relation by which this officer may release this photo. Raises PhotoRefused, ledger.NotAllowed or Http404."""
    relation = access.check_step(by, case, RELEASE)
    if code := why_not(photo):
        raise PhotoRefused(code)
    return relation


def check_boxes(boxes: Boxes) -> None:
    if len(boxes) > MOST_BOXES:
        raise PhotoRefused("boxes")
    for x, y, width, height in boxes:
        if not (0 <= x < 1 and 0 <= y < 1 and 0 < width <= 1 and 0 < height <= 1):  # NaN fails here too
            raise PhotoRefused("boxes")


def release_photo(upload_id: int, boxes: Boxes, *, by: Viewer, now: datetime) -> Upload:
    """Show the photo to everybody, with these boxes filled in. An earlier public copy ends with it.

    The copy is drawn before anything is locked; what it rests on is checked again under the lock.
    """
    photo = fresh(upload_id)
    case = shows(photo).case
    check_release(photo, case, by)
    check_boxes(boxes)
    name = covered(photo, boxes)
    try:
        return publish(photo.id, case.id, name, boxes, by=by, now=now)
    except BaseException:
        remove(name)
        raise


def fresh(upload_id: int, *, lock: bool = False) -> Upload:
    rows = Upload.objects.select_for_update(of=("self",)) if lock else Upload.objects
    return rows.select_related("report__case", "followup__case").get(pk=upload_id)


def covered(photo: Upload, boxes: Boxes) -> str:
    """A new file, made in a child process from the copy without metadata; on the disk before any row names it."""
    root, name = Path(settings.MEDIA_ROOT), files.new_name(".jpg")
    folder = (root / name).parent
    files.make_folders(folder)
    try:
        images.in_child("cover", root / photo.copy, root / name, [list(box) for box in boxes])
    except images.ImageError as error:
        raise PhotoRefused("broken") from error
    except images.TookTooLong as error:
        raise PhotoRefused("busy") from error
    files.sync_folder(folder)
    return name


@deed
def publish(upload_id: int, case_id: int, name: str, boxes: Boxes, *, by: Viewer, now: datetime) -> Upload:
    case = ledger.take(case_id)
    photo = fresh(upload_id, lock=True)
    relation = check_release(photo, case, by)
    unpublish(photo)
    photo.public, photo.released_by = name, by.officer
    photo.save(update_fields=["public", "released_by"])
    data = {"photo": str(photo.uuid), "boxes": [[round(part, 4) for part in box] for box in boxes]}
    ledger.note(case, RELEASE, by=by.actor, now=now, relation=relation, data=data)
    return photo


@deed
def withdraw_photo(upload_id: int, *, by: Viewer, now: datetime) -> Upload:
    """Take the public copy back: its address is gone at once. Nothing happens where there is none."""
    case = ledger.take(shows(fresh(upload_id)).case_id)
    photo = fresh(upload_id, lock=True)
    relation = access.check_step(by, case, WITHDRAW)
    if photo.public:
        unpublish(photo)
        data = {"photo": str(photo.uuid)}
        ledger.note(case, WITHDRAW, by=by.actor, now=now, relation=relation, data=data)
    return photo


def hide_photos(case: Case) -> None:
    """The case has turned secret or private: the public copies of its reports' photos and of its work end."""
    released = Upload.objects.exclude(public="")
    for photo in [*released.filter(report__case=case), *released.filter(followup__case=case)]:
        unpublish(photo)


def unpublish(photo: Upload) -> None:
    if photo.public:
        # only after the commit: undone, the row would name a file that is gone
        transaction.on_commit(partial(remove, photo.public))
        photo.public, photo.released_by = "", None
        photo.save(update_fields=["public", "released_by"])


def remove(name: str) -> None:
    (Path(settings.MEDIA_ROOT) / name).unlink(missing_ok=True)
