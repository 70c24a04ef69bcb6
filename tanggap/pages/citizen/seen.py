"""Who looks at a report, and how much of it they may see: house rule "who sees what", in one place.

OWN: this browser has proven it. OPEN: the report is public. CLOSED: private, by its number alone; then only
status, category, kelurahan, agency and dates. A secret one does not exist for anybody else."""

from dataclasses import dataclass
from functools import cached_property

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tanggap import access
from tanggap.lib import seal
from tanggap.lib.text import clean
from tanggap.models import Area, Case, Category, Report
from tanggap.triage.redact import title as first_sentence
from tanggap.web import errors, proven
from tanggap.web.marks import unmarked

OWN, OPEN, CLOSED = "own", "open", "closed"


@dataclass(frozen=True)
class Seen:
    report: Report
    level: str

    @property
    def own(self) -> bool:
        return self.level == OWN

    @property
    def case(self) -> Case:
        return self.report.case

    @property
    def category(self) -> Category | None:
        return self.case.category or (self.report.category if self.own else None)

    @property
    def area(self) -> Area | None:
        return self.case.area

    @property
    def word(self) -> str:
        return status_word(self.case)

    @cached_property
    def title(self) -> str:
        """The first sentence of the masked words; for a closed one the kind and the kelurahan. Never
        personal data: it stands in the title of a window."""
        if self.level != CLOSED:
            said = unmarked(first_sentence(self.report.words))
            if said:
                return said
        return self.subject

    @property
    def subject(self) -> str:
        kind = self.category.name(get_language() or "id") if self.category else _("Report")
        return f"{kind}, {self.area.name}" if self.area else kind


def status_word(case: Case) -> str:
    return case.public_word


def see(request: HttpRequest, number: str) -> Seen:
    """The report of this number as far as it may be seen; Http404 where it may not be known."""
    number = clean(number, proven.NUMBER_LIMIT)
    mine = proven.report(request, number)
    if mine is not None:
        return Seen(mine, OWN)
    report = access.public_report(number)
    return Seen(report, OPEN if report.visibility == Report.PUBLIC else CLOSED)


def own(request: HttpRequest, number: str) -> Seen:
    """A report of this browser; Http404 for everybody else's."""
    mine = proven.report(request, clean(number, proven.NUMBER_LIMIT))
    if mine is None:
        raise Http404
    return Seen(mine, OWN)


def no_such(request: HttpRequest) -> HttpResponse:
    """The same answer for a number that does not exist and for one that may not be known."""
    return errors.page(
        request, 404, _("There is no such number, or it isn't public."),
        _("Check the number. With the secret link or the secret code it opens for its reporter."),
        href="/lacak/", action=_("Type it again"), drawing="nostop",
    )  # fmt: skip


def opened(report: Report, sealed: bytes | None) -> str:
    """What this reporter sealed, for the reporter's own page. Empty once the key is destroyed."""
    if sealed is None or report.reporter.key is None:
        return ""
    return seal.open_sealed(access.ring(), bytes(report.reporter.key), bytes(sealed)).decode()
