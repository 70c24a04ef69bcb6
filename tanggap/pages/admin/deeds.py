"""What an administrator does to rows the machine has parked."""

from datetime import datetime

from tanggap import due, flow, ledger
from tanggap.access import Viewer

KINDS: dict[str, due.Kind] = {kind.model.__name__.lower(): kind for kind in flow.KINDS}


@ledger.deed()
def try_again(name: str, row_id: int, *, by: Viewer, now: datetime) -> bool:
    """A parked row is due again, with all its tries; False when it is parked no more."""
    model = KINDS[name].model
    done = model.objects.filter(pk=row_id, parked_at__isnull=False).update(
        parked_at=None, attempts=0, due_at=now
    )
    if done:
        ledger.change(f"{name}:{row_id}", "change", before={"parked": True}, after={"parked": False}, by=by.actor,
                      now=now, reason="try again")  # fmt: skip
    return bool(done)
