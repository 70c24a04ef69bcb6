"""What came in and could not be read: of a type nobody knows yet, broken, or a bomb. A person looks at the raw words,
makes a report of them, or says why there is nothing to do. Nobody's name stands behind such words yet, so every opening
is written down."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404

from tanggap import access, ledger
from tanggap.access import Viewer
from tanggap.ledger import deed
from tanggap.lib import seal
from tanggap.lib.text import clean
from tanggap.models import Change, Inbound, Membership, Reason, Task, local_day

STEP = "set_aside"  # the step of its coded reasons
SHOWN = 20_000  # signs; what is longer is broken or a bomb, and its beginning tells which
SPOKEN = (
    "text",
    "body",
    "caption",
    "message",
    "words",
    "description",
    "content",
)  # where JSON keeps what was said
DEEPEST = 12


class Settled(Exception):
    """Somebody has dealt with it already; `task` says how."""

    def __init__(self, task: Task):
        super().__init__("settled")
        self.task = task


@dataclass(frozen=True)
class Raw:
    """What arrived, as plain text: `text` is all of it, `words` what seems to be said. Both empty where the time of
    raw words is over."""

    text: str
    words: str
    cut: bool
    size: int


def tasks(viewer: Viewer):
    """What waits, the oldest first."""
    if not viewer.has(Membership.TRIAGE):
        return Task.objects.none()
    rows = Task.objects.filter(kind=Task.UNREADABLE, role="triage", done_at=None)
    return rows.select_related("inbound").order_by("opened_at", "id")


def one(task_id: int, viewer: Viewer) -> Task:
    """The task, open or done. What may not be known does not exist: 404."""
    rows = Task.objects.select_related("inbound", "done_by", "reason").filter(
        kind=Task.UNREADABLE, pk=task_id
    )
    found = rows.exclude(inbound=None).first()
    if found is None or not viewer.has(Membership.TRIAGE):
        raise Http404
    return found


def thing(inbound: Inbound) -> str:
    return f"inbound:{inbound.pk}"


@deed
def opened(task: Task, *, by: Viewer, now: datetime) -> Raw:
    """Look at the raw words. Each officer's look stands in the history, once a day."""
    inbound = one(task.pk, by).inbound
    looks = Change.objects.filter(
        object=thing(inbound), verb="open", by_id=by.actor.id, after__day=str(local_day(now))
    )
    if not looks.exists():
        after = {"task": task.pk, "day": str(local_day(now))}
        ledger.change(thing(inbound), "open", before={}, after=after, by=by.actor, now=now, reason=STEP)
    return raw(inbound)


def raw(inbound: Inbound) -> Raw:
    if inbound.body is None or inbound.by_person:
        return Raw("", "", False, 0)
    body = seal.open_direct(access.ring(), bytes(inbound.body))
    text = body.decode("utf-8", "replace")
    try:
        told = json.loads(text) if len(text) <= SHOWN else None
    except (ValueError, RecursionError):
        told = None
    if isinstance(told, dict | list):
        said = clean("\n".join(spoken(told)), SHOWN)
        text = json.dumps(told, indent=1, ensure_ascii=False)
    else:
        said = clean(text, SHOWN)
    return Raw(clean(text, SHOWN), said, len(text) > SHOWN, len(body))


def spoken(told: Any, depth: int = 0) -> list[str]:
    """What people said, in JSON of whatever shape: the values of fields that are called like words."""
    if depth > DEEPEST:
        return []
    if isinstance(told, list):
        return [said for part in told for said in spoken(part, depth + 1)]
    if not isinstance(told, dict):
        return []
    found = []
    for name, value in told.items():
        if isinstance(value, str) and name in SPOKEN:
            found.append(value)
        else:
            found += spoken(value, depth + 1)
    return found


# ---- how it ends ----


@deed
def made(task_id: int, number: str, *, by: Viewer, now: datetime) -> None:
    """A report was made of it, by the door. Twice is once: the report's number is the same then."""
    task = locked(task_id, by)
    if task.done_at is None:
        end(task, number, None, by, now)


@deed
def set_aside(task_id: int, reason: Reason, *, by: Viewer, now: datetime) -> None:
    """Nothing to do, for a coded reason. The raw words stay as long as all raw words do. Raises Settled."""
    task = locked(task_id, by)
    if task.done_at is not None:
        raise Settled(task)
    end(task, STEP, reason, by, now)


def locked(task_id: int, by: Viewer) -> Task:
    one(task_id, by)
    return Task.objects.select_for_update(of=("self",)).select_related("inbound").get(pk=task_id)


def end(task: Task, outcome: str, reason: Reason | None, by: Viewer, now: datetime) -> None:
    task.done_at, task.done_by, task.outcome, task.reason = now, by.officer, outcome, reason
    task.save(update_fields=["done_at", "done_by", "outcome", "reason"])
    ledger.change(thing(task.inbound), "end", before={}, after={"task": task.pk, "outcome": outcome}, by=by.actor,
                  now=now, reason=reason.code if reason else "")  # fmt: skip
