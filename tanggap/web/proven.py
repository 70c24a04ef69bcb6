"""Which reports this browser has proven to be its own: a signed cookie, no account and no row.

It holds (number, secret_version) of at most twenty reports, the newest first. Raising a report's
`secret_version` closes it here too.
"""

from collections.abc import Sequence

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from tanggap import access
from tanggap.lib.text import clean
from tanggap.models import Report
from tanggap.web import limits

COOKIE = "laporan"
SALT = "tanggap.proven"
MOST = 20
KEEP_SECONDS = 180 * 24 * 3600
NUMBER_LIMIT = 40
OF_ONE_NUMBER = 20  # times the tries of one address: guesses at one number from many networks

Proof = tuple[str, int]


class TooManyGuesses(Exception):
    """Too many wrong codes from this address, or for this number."""


def proofs(request: HttpRequest) -> list[Proof]:
    """What the cookie holds; nothing when it is missing, old or not ours."""
    try:
        given = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KEEP_SECONDS)
        return [(str(number), int(version)) for number, version in given][:MOST]
    except (signing.BadSignature, ValueError, TypeError):
        return []


def remember(request: HttpRequest, response: HttpResponse, *reports: Report | Proof) -> HttpResponse:
    """Put these reports first in the browser's cookie."""
    new = [(one.number, one.secret_version) if isinstance(one, Report) else one for one in reports]
    numbers = {number for number, _ in new}
    kept = new + [proof for proof in proofs(request) if proof[0] not in numbers]
    response.set_cookie(
        COOKIE, signing.dumps(kept[:MOST], salt=SALT, compress=True), max_age=KEEP_SECONDS, httponly=True,
        samesite="Lax", secure=settings.HTTPS,
    )  # fmt: skip
    return response


def forget(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(COOKIE, samesite="Lax")
    return response


WITH = (
    "case__category", "case__area__parent__parent", "case__holder", "case__assignment", "case__channel",
    "case__resolution", "case__reason", "case__joined_into", "category", "channel", "reporter", "partner__agency",
)  # fmt: skip


def report(request: HttpRequest, number: str) -> Report | None:
    """The report of this number, when this browser has proven it."""
    wanted = number.upper()
    version = next((version for name, version in proofs(request) if name.upper() == wanted), None)
    if version is None:
        return None
    mine = Report.objects.select_related(*WITH).filter(number=wanted, secret_version=version)
    return mine.filter(reporter__erased_at=None).first()


def reports(request: HttpRequest) -> Sequence[Report]:
    """All reports of this browser, the newest first. One statement."""
    versions = dict(proofs(request))
    if not versions:
        return []
    rows = Report.objects.select_related(*WITH).filter(number__in=versions).order_by("-said_at", "-id")
    return [
        row for row in rows if row.secret_version == versions[row.number] and row.reporter.erased_at is None
    ]


def prove(request: HttpRequest, number: str, secret: str) -> Report | None:
    """The report, when the secret is its own. Wrong ones are counted for the address and for the number; an address
    that has used up its tries waits for the next hour. Of a number that many have guessed at, only those wait who have
    guessed wrong themselves: nobody locks the reporter out. Raises TooManyGuesses."""
    number = clean(number, NUMBER_LIMIT).upper()
    each, all = settings.GUESSES_PER_HOUR, settings.GUESSES_PER_HOUR * OF_ONE_NUMBER
    besieged = limits.spent_for("guess", number, all, request.now)
    if limits.spent(request, "guess", 1 if besieged else each):
        raise TooManyGuesses
    found = access.report_by_secret(number, clean(secret, NUMBER_LIMIT))
    if found is None:
        limits.allow(request, "guess", each)
        limits.allow_for("guess", number, all, request.now)
    return found
