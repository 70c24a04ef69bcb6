"""A further voice on a public case from somebody who has no report of their own."""

from datetime import datetime

from tanggap import access, ledger, workflow
from tanggap.ledger import deed
from tanggap.models import Case, Report, Support


class NotOpen(Exception):
    """Only an open case that everybody may see takes further voices."""


@deed
def support(case_id: int, voice: bytes, *, now: datetime) -> bool:
    """Count this voice once; False when it was counted before. `voice` names a browser and nobody else.

    It moves nothing, so no officer who is writing at that moment is told that the case has changed.
    """
    case = ledger.take(case_id)
    if case.status not in workflow.OPEN or case.visibility != Report.PUBLIC:
        raise NotOpen
    _row, new = Support.objects.get_or_create(case=case, voice=voice, defaults={"at": now})
    if new:
        actor = access.THE_MACHINE_ITSELF.actor
        ledger.note(case, "support", by=actor, now=now, relation=workflow.MACHINE)
        voices = case.reports.count() + case.supports.count()
        Case.objects.filter(pk=case.pk).update(voices=voices)
    return new
