"""Words to the machine: STOP, MULAI, STATUS <number>, BANTUAN. What is told is what anybody may know of a number."""

from datetime import datetime
from typing import Any

from django.conf import settings

from tanggap import access
from tanggap.channels.base import HELP, START, STATUS, STOP, Command
from tanggap.ledger import deed
from tanggap.lib import seal
from tanggap.models import City, Clock, Identity, Letter, Report
from tanggap.reply import texts
from tanggap.reply.heard import addresses, asker, keep
from tanggap.workflow import public_word

# the familiar words of workflow.public_word, for a letter
WORDS = {
    "waiting": ("Menunggu", "Waiting"), "coordination": ("Koordinasi", "Passed on"),
    "disposition": ("Disposisi", "Passed to a unit"), "process": ("Proses", "Being worked on"),
    "validation": ("Menunggu validasi", "Being checked"), "sent_back": ("Dikerjakan lagi", "Being done again"),
    "done": ("Selesai", "Done"), "confirmed": ("Selesai, dibenarkan warga", "Done, confirmed by citizens"),
    "contested": ("Selesai, disanggah warga", "Done, contested"), "estimated": ("Dijadwalkan", "Scheduled"),
    "rejected": ("Ditutup, tidak dapat ditangani", "Closed, can't be taken on"),
    "merged": ("Digabung ke laporan lain", "Joined to another report"),
    "asked": ("Menunggu jawaban pelapor", "Waiting for the reporter"),
}  # fmt: skip


@deed
def command(heard: Command, *, now: datetime) -> None:
    """Done once. An address where they said STOP hears nothing more, this answer neither."""
    if keep(heard, now, outcome=f"command:{heard.verb}") is None:
        return
    keys = seal.Keyring.parse(settings.SEAL_KEYS)
    if heard.verb in (STOP, START):
        asker(heard, now)
        stopped = now if heard.verb == STOP else None
        addresses(heard.sender, keys).update(stopped_at=stopped)
        return
    to = asker(heard, now)
    data = {STATUS: status, HELP: help_}[heard.verb](heard, to)
    subject, text = texts.render(heard.verb, to.reporter.language, data)
    Letter.objects.create(
        code=heard.verb, language=to.reporter.language, subject=subject, text=text, address=to, at=now, due_at=now,
        way=to.channel, lane=f"r{to.reporter_id}:{to.channel}",
    )  # fmt: skip


def status(heard: Command, to: Identity) -> dict[str, Any]:
    """What the number alone shows; a secret or unknown one is as if it were not there."""
    city, language = City.get(), to.reporter.language
    reports = Report.objects.select_related(
        "case__category", "case__area", "case__holder", "case__assignment"
    )
    open_ones = reports.exclude(visibility=Report.SECRET).exclude(case__visibility=Report.SECRET)
    report = open_ones.filter(number=access.typed(heard.argument)).first()
    example = f"{city.prefix}2611240001"
    if report is None:
        return {"found": False, "number": access.typed(heard.argument)[:32], "example": example}
    case = report.case
    clock = Clock.objects.filter(case=case, step="resolution", stopped_at=None).order_by("-id").first()
    word = public_word(
        case.status, case.assignment.kind if case.assignment else "", confirmation=report.confirmation,
        sent_back=case.sent_back, estimated=case.estimate_on is not None, waiting_for=case.waiting_for,
        rejected=case.resolution_id == "rejected",
    )  # fmt: skip
    return {
        "found": True, "number": report.number, "word": WORDS[word][language == "en"], "example": example,
        "category": case.category.name(language) if case.category else "-",
        "area": case.area.name if case.area else "-",
        "agency": case.holder.name if case.holder else city.name,
        "promise": texts.moment(clock.promised_at, city.zone, language) if clock else "",
    }  # fmt: skip


def help_(heard: Command, to: Identity) -> dict[str, Any]:
    return {"emergency": City.get().value("emergency", {}).get("number", "112")}
