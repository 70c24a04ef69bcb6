"""service_notice: what the person must know now, in whole sentences."""

from django.conf import settings
from django.utils.translation import gettext as _

from tanggap import access
from tanggap.api.open311.posting import Posted
from tanggap.api.open311.shown import address
from tanggap.channels.base import Receipt
from tanggap.lib import seal
from tanggap.models import City, Report

REFUSED = {
    "not_an_image": lambda: _("A file was left out: it is no JPEG, PNG, WebP, GIF or HEIC picture."),
    "too_many_pixels": lambda: _("A picture was left out: it has more than 50 million pixels."),
    "too_big": lambda: _("A file was left out: it is larger than 20 MB."),
    "empty": lambda: _("A file was left out: it is empty."),
    "too_many": lambda: _("Only the first %(count)s pictures were taken.") % {"count": settings.MAX_PHOTOS},
}
UNREAD = {
    "phone": lambda: _("The telephone number could not be read and was left out."),
    "email": lambda: _("The e-mail address could not be read and was left out."),
}


def sentences(posted: Posted, receipt: Receipt) -> str:
    """Danger first, then what became of the place and the files, last where to follow it."""
    said, city = posted.said, City.get()
    found = []
    if said.emergency:
        found.append(_("Is anybody in danger? Call %(number)s now; this report is not an emergency call.")
                     % {"number": city["emergency"]["number"]})  # fmt: skip
    if said.outside:
        found.append(outside(said.outside, city))
    found += [REFUSED[code]() for code in dict.fromkeys(said.refused_files) if code in REFUSED]
    found += [UNREAD[name]() for name in posted.unread]
    link = address("secret_link", receipt.number, secret(receipt))
    if link:
        found.append(
            _("Follow it, answer and say whether it is done, for the reporter only: %(link)s")
            % {"link": link}
        )
    return " ".join(found)


def outside(neighbour: str, city: City) -> str:
    reach = next((row["reach"] for row in city.value("neighbours", []) if row["name"] == neighbour), "")
    reach = reach or city.value("elsewhere", {}).get("reach", "")
    words = _("This place seems to lie outside %(city)s (%(neighbour)s). Who is in charge there: %(reach)s.")
    return words % {
        "city": city.short, "neighbour": neighbour, "reach": reach,
    }  # fmt: skip


def secret(receipt: Receipt) -> str:
    """The reporter's own secret. A new report's needs no statement; a repeat's may be a newer one."""
    if receipt.again:
        return access.secret_of(Report.objects.only("uuid", "secret_version").get(pk=receipt.report_id))
    return seal.secret_for(settings.TRACKING_KEY, receipt.uuid, 1)
