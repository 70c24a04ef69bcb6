"""A letter sent anew, by a person only: one that failed, or one of which nobody knows whether it arrived. It is a new
row with a pointer to the old one, whose state stays what it was."""

from datetime import datetime

from tanggap import access, ledger
from tanggap.access import Viewer
from tanggap.ledger import deed
from tanggap.models import Letter

STEP = "resend"  # of whoever may write to the citizens, too
OPEN_TO_IT = frozenset({Letter.FAILED, Letter.UNKNOWN})


class NotAgain(Exception):
    """`code`: settled (it did not fail), again_already (a newer one of it is on its way, or went), erased (nobody is
    there any more), perhaps_arrived (say that you know it may come twice)."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def why_not(letter: Letter) -> str:
    """Why this letter can't be sent anew; "" where it can. A repetition that failed may itself be repeated."""
    if letter.report is None or letter.officer_id is not None or letter.state not in OPEN_TO_IT:
        return "settled"
    if letter.report.reporter.key is None:
        return "erased"
    return "again_already" if letter.again.exists() else ""


@deed
def resend(letter_id: int, *, by: Viewer, now: datetime, sure: bool = False) -> Letter:
    """The same words once more, by the way that is open now. Raises NotAgain, ledger.NotAllowed or 404. Pressed twice
    it goes once: the second press finds the new letter."""
    # the case first, as everywhere: the letter's own row only under its lock
    case = ledger.take(Letter.objects.values_list("case", flat=True).get(pk=letter_id, case__isnull=False))
    relation = access.check_step(by, case, STEP)
    letter = (
        Letter.objects.select_for_update(of=("self",)).select_related("report__reporter").get(pk=letter_id)
    )
    code = why_not(letter)
    if code:
        raise NotAgain(code)
    if letter.state == Letter.UNKNOWN and not sure:
        raise NotAgain("perhaps_arrived")
    row = Letter.objects.create(
        case=case, report=letter.report, code=letter.code, language=letter.language, subject=letter.subject,
        text=letter.text, sender=letter.sender, by=by.officer, way=letter.way, lane=letter.lane, urgent=letter.urgent,
        data={name: value for name, value in letter.data.items() if name != "tried"}, at=now, due_at=now,
        again_of=letter,
    )  # fmt: skip
    ledger.note(
        case, STEP, by=by.actor, now=now, relation=relation, data={"letter": row.id, "again_of": letter.id}
    )
    return row
