"""The privacy notice: the version in force, and the earlier ones, which stay readable for whoever was told them.

A notice is plain text with four marks, and only these: `#` title, `##` heading, `-` item of a list, `**strong**`.
"""

import re
from dataclasses import dataclass, field

from babel.dates import format_date
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from markupsafe import Markup, escape

from tanggap.models import Notice, Reference, Retention, local_day
from tanggap.rights import retention

STRONG = re.compile(r"\*\*(.+?)\*\*")


@dataclass
class Section:
    """A heading with its paragraphs ("p", words) and lists ("ul", items)."""

    title: str
    parts: list[tuple[str, list[Markup]]] = field(default_factory=list)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    notice = Reference.get().notice(local_day(request.now))
    if notice is None:
        raise Http404
    return page(request, notice, in_force=True)


@require_safe
def privacy_version(request: HttpRequest, version: str) -> HttpResponse:
    """One that was in force before, or is now; one that has not begun is nobody's promise yet."""
    known, today = Reference.get(), local_day(request.now)
    notice = next((row for row in known.notices if row.version == version and row.valid_from <= today), None)
    if notice is None:
        raise Http404
    return page(request, notice, in_force=notice == known.notice(today))


def page(request: HttpRequest, notice: Notice, *, in_force: bool) -> HttpResponse:
    language, today, known = get_language() or "id", local_day(request.now), Reference.get().notices
    title, lead, sections = read(notice.text(language))
    rules = [rule for rule in retention.periods() if rule.what != Retention.SESSIONS] if in_force else []
    told = {
        "notice": notice, "in_force": in_force, "title": title, "lead": lead, "sections": sections,
        "rules": [[rule.name(language), rule.days] for rule in rules],
        "dates": {row.version: format_date(row.valid_from, "d MMMM y", locale=language) for row in known},
        "others": [row for row in known if row != notice and row.valid_from <= today],
        "next": next((row for row in reversed(known) if row.valid_from > today), None),
    }  # fmt: skip
    return render(request, "citizen/privacy.html", told)


def read(text: str) -> tuple[str, list[Markup], list[Section]]:
    """Title, the paragraphs before the first heading, and the sections."""
    title, lead = "", Section("")
    sections = [lead]
    for block in re.split(r"\n\s*\n", text.strip()):
        first, _, rest = block.partition("\n")
        if first.startswith("## "):
            sections.append(Section(first[3:].strip()))
        elif first.startswith("# "):
            title = first[2:].strip()
        else:
            rest = block
        if rest.strip():
            sections[-1].parts.append(part(rest.strip()))
    return title, [words for _, said in lead.parts for words in said], sections[1:]


def part(block: str) -> tuple[str, list[Markup]]:
    lines = block.split("\n")
    if all(line.startswith("- ") for line in lines):
        return "ul", [strong(line[2:]) for line in lines]
    return "p", [strong(" ".join(lines))]


def strong(line: str) -> Markup:
    """Escaped first: the city's text is text, never markup."""
    return Markup(STRONG.sub(r"<b>\1</b>", str(escape(line))))
