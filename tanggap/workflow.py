"""THE RULES: each step, from which status, by which relation to the case, to which status. Pure data.

Whoever changes how the city works changes this table and nothing else. A page's buttons, the deeds, the
ledger and the diagram in docs/ all read it. It speaks of relations, never of persons or roles: who is a
holder or a reviewer of a case is access.py's answer.
"""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where a case stands. Few on purpose: the words people know are derived in `public_word`."""

    NEW = "NEW"
    ASSIGNED = "ASSIGNED"
    IN_PROGRESS = "IN_PROGRESS"
    AWAITING_REVIEW = "AWAITING_REVIEW"
    CLOSED = "CLOSED"
    JOINED = "JOINED"


NEW, ASSIGNED, IN_PROGRESS, AWAITING_REVIEW, CLOSED, JOINED = Status
OPEN = (NEW, ASSIGNED, IN_PROGRESS, AWAITING_REVIEW)
BORN = ""  # before the first row: only `receive` and `divide` start from here

# relations of somebody to a case, as access.py finds them
DESK = "desk"  # the triage desk
HOLDER = "holder"  # the desk of the agency that holds the case
FIELD = "field"  # the street crew of the agency that holds it
PARENT = "parent"  # an agency above the holder
PLACE = "place"  # kelurahan, kecamatan or kota of the place
EARLIER = "earlier"  # held it before
REVIEWER = "reviewer"
ARBITER = "arbiter"
AUDITOR = "auditor"
COUNTER = "counter"  # has the task to telephone one of its reporters; reads nothing else
REPORTER = "reporter"  # proven by the secret of one of its reports
CLOCK = "clock"
MACHINE = "machine"
RELATIONS = (
    DESK, HOLDER, FIELD, PARENT, PLACE, EARLIER, REVIEWER, ARBITER, AUDITOR, COUNTER, REPORTER,
    CLOCK, MACHINE,
)  # fmt: skip
READERS = frozenset(RELATIONS)


@dataclass(frozen=True)
class Step:
    """One row of the table. `to` is None where the status stays as it is."""

    name: str
    verb: str
    sources: tuple[str, ...]
    by: tuple[str, ...]
    to: str | None = None


STEPS = (
    # name             event                   from                              by                         to
    Step("receive", "case.received", (BORN,), (MACHINE,), NEW),
    Step("divide_child", "case.divided_from", (BORN,), (HOLDER, PLACE, DESK), ASSIGNED),
    Step("triage", "case.triaged", (NEW,), (MACHINE, DESK)),
    Step("route", "case.routed", (NEW,), (MACHINE, DESK), ASSIGNED),
    Step("reject", "case.rejected", (NEW,), (DESK,), CLOSED),
    Step("refer", "case.referred", (ASSIGNED, IN_PROGRESS), (HOLDER,), ASSIGNED),
    Step("delegate", "case.delegated", (ASSIGNED, IN_PROGRESS), (HOLDER,), ASSIGNED),
    Step("request_transfer", "case.transfer_requested", (ASSIGNED, IN_PROGRESS), (HOLDER,)),
    Step("transfer", "case.transferred", (ASSIGNED, IN_PROGRESS), (REVIEWER, ARBITER), ASSIGNED),
    Step("deny_transfer", "case.transfer_denied", (ASSIGNED, IN_PROGRESS), (REVIEWER, ARBITER)),
    Step("arbitrate", "case.arbitrated", (ASSIGNED, IN_PROGRESS), (ARBITER,), ASSIGNED),
    Step("refuse", "case.refused", (ASSIGNED,), (HOLDER,), ASSIGNED),
    Step("refuse_to_desk", "case.refused_to_desk", (ASSIGNED,), (HOLDER,), NEW),
    Step("divide", "case.divided", (ASSIGNED, IN_PROGRESS), (HOLDER, PLACE)),
    Step("start", "case.started", (ASSIGNED,), (HOLDER, FIELD), IN_PROGRESS),
    Step("estimate", "case.estimated", (ASSIGNED, IN_PROGRESS), (HOLDER, FIELD)),
    Step("pause", "case.paused", (ASSIGNED, IN_PROGRESS), (HOLDER, FIELD)),
    Step("resume", "case.resumed", (ASSIGNED, IN_PROGRESS), (HOLDER, FIELD, CLOCK)),
    Step("submit", "case.submitted", (IN_PROGRESS,), (HOLDER, FIELD), AWAITING_REVIEW),
    Step("send_back", "case.sent_back", (AWAITING_REVIEW,), (REVIEWER,), IN_PROGRESS),
    Step("close", "case.closed", (AWAITING_REVIEW,), (REVIEWER,), CLOSED),
    Step("confirm", "case.confirmed", (CLOSED,), (REPORTER,)),
    Step("contest", "case.contested", (CLOSED,), (REPORTER,)),
    Step("silence", "case.silent", (CLOSED,), (CLOCK,)),
    Step("reopen", "case.reopened", (CLOSED,), (MACHINE, ARBITER), ASSIGNED),
    Step("appeal", "case.appealed", (CLOSED,), (REPORTER,)),
    Step("uphold", "case.upheld", (CLOSED,), (ARBITER,)),
    Step("ask", "case.asked", (NEW, ASSIGNED, IN_PROGRESS), (DESK, HOLDER, FIELD)),
    Step("answer", "case.answered", (NEW, ASSIGNED, IN_PROGRESS, AWAITING_REVIEW, CLOSED), (REPORTER,)),
    Step("overhear", "case.overheard", (*OPEN, CLOSED, JOINED), (MACHINE,)),
    Step("withdraw", "case.withdrawn", (*OPEN, CLOSED, JOINED), (MACHINE,)),
    Step("clarify", "case.clarified", (NEW,), (MACHINE,)),
    Step("give_up", "case.given_up", (NEW,), (CLOCK,), CLOSED),
    Step("tell", "case.told", (*OPEN, CLOSED), (DESK, HOLDER, FIELD, REVIEWER)),
    Step("resend", "case.resent", (*OPEN, CLOSED), (DESK, HOLDER, FIELD, REVIEWER)),
    Step("set_apart", "case.set_apart", (*OPEN, CLOSED), (DESK, HOLDER)),
    Step("note", "case.noted", (*OPEN, CLOSED), (DESK, HOLDER, FIELD, PLACE, REVIEWER, ARBITER)),
    Step("support", "case.supported", (*OPEN, CLOSED), (MACHINE,)),
    Step("join", "case.joined", (NEW, ASSIGNED, IN_PROGRESS), (DESK, HOLDER), JOINED),
    Step("take_in", "case.took_in", (NEW, ASSIGNED, IN_PROGRESS), (DESK, HOLDER)),
    Step("split", "case.split", (JOINED,), (DESK, HOLDER), ASSIGNED),
    Step("split_to_desk", "case.split_to_desk", (JOINED,), (DESK, HOLDER), NEW),
    Step("redact", "case.redacted", (*OPEN, CLOSED), (MACHINE, DESK, HOLDER, REVIEWER)),
    Step("warn", "case.warned", (*OPEN,), (CLOCK,)),
    Step("escalate", "case.escalated", (*OPEN,), (CLOCK,)),
    Step("reveal", "case.revealed", (*OPEN, CLOSED, JOINED),
         (DESK, HOLDER, FIELD, REVIEWER, ARBITER, AUDITOR, COUNTER)),
    Step("open_photo", "case.photo_opened", (*OPEN, CLOSED, JOINED),
         (DESK, HOLDER, FIELD, PARENT, PLACE, EARLIER, REVIEWER, ARBITER, AUDITOR)),
    Step("release_photo", "case.photo_released", (*OPEN, CLOSED), (DESK, HOLDER, REVIEWER)),
    Step("withdraw_photo", "case.photo_withdrawn", (*OPEN, CLOSED), (DESK, HOLDER, REVIEWER)),
    Step("refuse_file", "case.file_refused", (*OPEN, CLOSED), (MACHINE,)),
)  # fmt: skip
BY_NAME = {step.name: step for step in STEPS}
BY_VERB = {step.verb: step for step in STEPS}


def allowed(name: str, status: str, relations: frozenset[str] | set[str]) -> str | None:
    """The relation by which this step may be taken from this status, or None.

    Relations are tried in the order of the row, so the same person always acts in the same capacity.
    """
    step = BY_NAME[name]
    if status not in step.sources:
        return None
    return next((relation for relation in step.by if relation in relations), None)


def steps_for(status: str, relations: frozenset[str] | set[str]) -> list[str]:
    """Names of all steps open to these relations now: what a page draws buttons from."""
    return [step.name for step in STEPS if allowed(step.name, status, relations)]


# how a hand-over is called on the table of hand-overs and in Assignment.kind
ROUTE, REFER, DELEGATE, TRANSFER, RETURN = "route", "refer", "delegate", "transfer", "return"
HANDOVERS = (ROUTE, REFER, DELEGATE, TRANSFER, RETURN)

# the familiar words, derived here and nowhere else (domain: statuses of CRM)
WAITING, COORDINATION, DISPOSITION, PROCESS, VALIDATION, SENT_BACK, DONE, CONFIRMED, CONTESTED = (
    "waiting", "coordination", "disposition", "process", "validation", "sent_back", "done", "confirmed",
    "contested",
)  # fmt: skip
ESTIMATED, REJECTED, MERGED, ASKED = "estimated", "rejected", "merged", "asked"


def public_word(
    status: str,
    assignment_kind: str = "",
    *,
    confirmation: str = "",
    sent_back: bool = False,
    estimated: bool = False,
    waiting_for: str = "",
    rejected: bool = False,
) -> str:
    """The status as Jakarta calls it: Menunggu, Koordinasi, Disposisi, Proses, Menunggu Validasi, ..."""
    if status == JOINED:
        return MERGED
    if status == CLOSED:
        if rejected:
            return REJECTED
        return {"confirmed": CONFIRMED, "contested": CONTESTED}.get(confirmation, DONE)
    if status == AWAITING_REVIEW:
        return VALIDATION
    if waiting_for == "reporter":
        return ASKED
    if status == IN_PROGRESS:
        return SENT_BACK if sent_back else ESTIMATED if estimated else PROCESS
    if status == ASSIGNED:
        if assignment_kind in (REFER, TRANSFER):
            return COORDINATION
        if assignment_kind == DELEGATE:
            return DISPOSITION
    return WAITING


def as_markdown() -> str:
    """docs/workflow.md: the table and its diagram, printed from the rows above. A test compares."""
    lines = [
        "# The workflow",
        "",
        "Printed from `tanggap/workflow.py` by `python -m tanggap.workflow`; a test compares.",
        "",
    ]
    lines += ["```mermaid", "stateDiagram-v2"]
    for step in STEPS:
        for source in step.sources:
            if step.to and step.to != source:
                lines.append(f"    {source or '[*]'} --> {step.to}: {step.name}")
    lines += ["```", "", "| step | event | from | by | to |", "|---|---|---|---|---|"]
    for step in STEPS:
        sources = ", ".join(source or "(new)" for source in step.sources)
        lines.append(
            f"| {step.name} | {step.verb} | {sources} | {', '.join(step.by)} | {step.to or 'stays'} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(as_markdown(), end="")
