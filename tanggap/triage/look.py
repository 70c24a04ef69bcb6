"""What the machine sees in newborn reports: where, what, how sure, who is competent. Nothing here writes."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils.functional import cached_property

from tanggap.lib import seal, text
from tanggap.models import Area, Case, Category, Reference, Report, Task, local_day
from tanggap.triage.classify import Guess, classify
from tanggap.triage.locate import Place, at_point, in_words
from tanggap.triage.redact import redact, title
from tanggap.triage.urgency import urgency


class Look:
    """One report: each part computed once, and pure. `words` and `place` are the citizen's own and stay in here."""

    def __init__(self, case: Case, report: Report, words: str, place: str):
        self.case, self.report, self.words, self.place = case, report, words, place
        self.chosen = Reference.get().category_by_id.get(report.category_id or 0)

    @cached_property
    def located(self) -> Place:
        if self.case.area_id:
            return Place(self.case.area.code, how="polygon")
        if self.case.outside:
            return Place(outside=self.case.outside, how="outside")
        if self.case.lat is not None and self.case.lon is not None:
            return at_point(self.case.lat, self.case.lon)
        return in_words(f"{self.place} . {self.words}")

    @cached_property
    def guess(self) -> Guess:
        return classify(f"{self.words} {self.place}", self.chosen.code if self.chosen else "")

    @property
    def area(self) -> Area | None:
        return Reference.get().areas.get(self.located.area)

    @property
    def category(self) -> Category | None:
        """What it is about, where the machine is sure."""
        return Reference.get().categories.get(self.guess.code) if self.guess.sure else None

    @cached_property
    def masked(self) -> tuple[str, str]:
        """Words and place as officers may read them."""
        return redact(self.words)[0], redact(self.place)[0]

    @property
    def stems(self) -> str:
        return text.stems(" ".join(self.masked))

    @property
    def title(self) -> str:
        return title(self.masked[0])

    @property
    def urgency(self) -> int:
        return urgency(self.words, self.case.emergency)

    @property
    def unsure(self) -> list[tuple[str, dict]]:
        """(kind of task, its data). A place outside the city is a named outcome, not a doubt about the place."""
        if self.located.outside:
            return [(Task.OUTSIDE, {"neighbour": self.located.outside})]
        found, guess = [], self.guess
        if self.area is None:
            found.append((Task.PLACE, {"candidates": list(self.located.candidates)}))
        if self.category is None:
            doubt = {"best": guess.code, "confidence": guess.confidence, "second": guess.second}
            found.append((Task.MATTER, doubt))
        return found

    def suggestion(self, now: datetime) -> dict:
        """Why triage thinks so, and who is competent: what the desk sees as "Kenapa ...?" """
        guess, known = self.guess, Reference.get()
        found: dict = {
            "words": list(guess.words),
            "confidence": guess.confidence,
            "second": guess.second,
            "second_confidence": guess.second_confidence,
            "chosen": self.chosen.code if self.chosen else "",
            "near": [],
        }
        mandates = known.competent(self.category, self.area, local_day(now)) if self.category else []
        if mandates:
            holder = known.holder(mandates[0], self.area)
            found |= {"agency": holder.code if holder else "", "mandate": mandates[0].id, "legal": mandates[0].legal,
                      "note": mandates[0].note}  # fmt: skip
        return found


READ = ("case", "category", "words_sealed", "place_sealed", "reporter__key")


def looks_at(cases: Sequence[Case]) -> list[Look]:
    """A look for each case, at its oldest report. One statement for all."""
    rows = Report.objects.filter(case__in=cases).select_related("reporter").only(*READ).order_by("-id")
    oldest = {row.case_id: row for row in rows}
    keys = seal.Keyring.parse(settings.SEAL_KEYS)
    return [Look(case, oldest[case.id], *opened_words(oldest[case.id], keys)) for case in cases]


def opened_words(report: Report, keys: seal.Keyring) -> tuple[str, str]:
    """The original words and place, for triage's own reading only: nothing of them is stored unmasked."""
    if report.reporter.key is None:
        return "", ""
    key = bytes(report.reporter.key)

    def opened(sealed: bytes | memoryview | None) -> str:
        return seal.open_sealed(keys, key, bytes(sealed)).decode() if sealed else ""

    return opened(report.words_sealed), opened(report.place_sealed)
