"""A person's data as a document to print: the same as the JSON, in sentences and tables."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from babel.dates import format_datetime
from django.utils.translation import gettext as _
from django.utils.translation import override
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from tanggap.models import City
from tanggap.rights.held import MARK, Plain

PLAIN, BOLD = "Vera", "VeraBd"  # these come with reportlab
INK, LINE = colors.HexColor("#1d2326"), colors.HexColor("#9a9a90")
STYLES = {
    "h1": ParagraphStyle("h1", fontName=BOLD, fontSize=18, leading=23, textColor=INK),
    "h2": ParagraphStyle(
        "h2", fontName=BOLD, fontSize=12, leading=16, spaceBefore=12, spaceAfter=4, textColor=INK
    ),
    "p": ParagraphStyle("p", fontName=PLAIN, fontSize=9, leading=13, textColor=INK, splitLongWords=1),
    "small": ParagraphStyle("small", fontName=PLAIN, fontSize=8, leading=11, textColor=INK, splitLongWords=1),
    "head": ParagraphStyle("head", fontName=BOLD, fontSize=8, leading=11, textColor=INK),
}
WIDTH = A4[0] - 40 * mm
LONGEST = 3000  # signs of one paragraph: a longer one would not fit on a page


@lru_cache(maxsize=1)
def faces() -> frozenset[int]:
    """Register the type, once a process; the signs that it has."""
    for name in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    return frozenset(pdfmetrics.getFont(PLAIN).face.charToGlyph)


def document(data: Plain, language: str) -> bytes:
    """The PDF, in the reader's language."""
    faces()
    target = BytesIO()
    with override(language):
        title = _("My data")
        made = SimpleDocTemplate(target, pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm, topMargin=18 * mm,
                                 bottomMargin=18 * mm, title=title, author=data["city"], lang=language)  # fmt: skip
        made.build(list(parts(data, title, language)), onFirstPage=foot, onLaterPages=foot)
    return target.getvalue()


def foot(canvas: Any, page: Any) -> None:
    canvas.setFont(PLAIN, 8)
    canvas.drawRightString(A4[0] - 20 * mm, 10 * mm, str(page.page))


def words(text: object, style: str = "p") -> list[Flowable]:
    """Paragraphs of somebody's words. Signs that the type lacks become a question mark; data.json has them."""
    known, found = faces(), []
    for line in MARK.sub(f"[{_('covered')}]", str(text)).split("\n"):
        told = "".join(sign if ord(sign) in known or sign == "\t" else "?" for sign in line)
        pieces = [told[at : at + LONGEST] for at in range(0, len(told), LONGEST)] or [""]
        found += [Paragraph(escape(piece), STYLES[style]) for piece in pieces]
    return found


def when(at: datetime | None, language: str) -> str:
    if at is None:
        return ""
    return format_datetime(at.astimezone(City.get().zone), "d MMM y, HH.mm", locale=language)


def table(head: list[str], rows: Iterable[list[Any]], shares: list[float]) -> list[Flowable]:
    body = [[words(cell, "small") for cell in row] for row in rows]
    if not body:
        return words(_("Nothing."))
    drawn = Table([[words(cell, "head") for cell in head], *body], [WIDTH * share for share in shares], repeatRows=1,
                  splitInRow=1)  # fmt: skip
    drawn.setStyle([
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 6),
    ])  # fmt: skip
    return [drawn]


def heading(text: str) -> list[Flowable]:
    return words(text, "h2")


def parts(data: Plain, title: str, language: str) -> Iterable[Flowable]:
    at = lambda moment: when(moment, language)  # noqa: E731
    person = data["person"]
    yield from words(title, "h1")
    yield from words(f"{data['city']}, {at(data['made_at'])}")
    yield Spacer(1, 4 * mm)
    yield from words(
        _(
            "Everything that is held about you, as of this moment. data.json beside it says the same for machines."
        )
    )
    yield from heading(_("Who you are to us"))
    yield from words(_("Name: %(name)s") % {"name": person["name"] or "-"})
    for contact in person["contacts"]:
        yield from words(f"{contact['kind']}: {contact['address']}")
    yield from words(_("Language: %(name)s") % {"name": person["language"]})
    for report in data["reports"]:
        yield from one_report(report, at)
    yield from heading(_("What you added"))
    yield from table(
        [_("When"), _("Words")], ([at(row["at"]), row["words"]] for row in data["messages"]), [0.2, 0.8]
    )
    yield from heading(_("What we wrote to you"))
    rows = ([at(row["at"]), row["from"], f"{row['subject']}\n{row['text']}"] for row in data["letters"])
    yield from table([_("When"), _("From"), _("Words")], rows, [0.2, 0.25, 0.55])
    yield from heading(_("Your photos"))
    pictures = (
        [row["file"] or "-", at(row["sent_at"]), at(row["taken_at"]), place(row)] for row in data["photos"]
    )
    yield from table([_("File"), _("Sent"), _("Taken"), _("Point in the file")], pictures, [0.25] * 4)
    yield from heading(_("Who worked with it"))
    yield from words(_("With masked words, photos without the camera's data and the exact point."))
    held = ([row["office"], at(row["from"]), at(row["to"])] for row in data["offices"])
    yield from table([_("Office"), _("From"), _("Until")], held, [0.5, 0.25, 0.25])
    yield from heading(_("Who opened it"))
    looks = ([at(row["at"]), row["office"], what(row)] for row in data["openings"])
    yield from table([_("When"), _("Office"), _("What, and why")], looks, [0.2, 0.4, 0.4])


def one_report(report: Plain, at: Any) -> Iterable[Flowable]:
    yield from heading(_("Report %(number)s") % {"number": report["number"]})
    facts = [
        (_("Said"), at(report["said_at"])), (_("By"), report["filed_by"] or report["channel"]),
        (_("Who may see it?"), report["visibility"]),
        (_("Kind"), report["category"]), (_("Place"), report["place"]), (_("Kelurahan"), report["kelurahan"]),
        (_("Point"), place(report)), (_("Privacy notice"), report["privacy_notice"]),
        (_("Your words"), report["words"]), (_("As officers read them"), report["words_as_officers_read_them"]),
    ]  # fmt: skip
    yield from table(["", ""], ([name, value] for name, value in facts if value), [0.25, 0.75])


def place(row: Plain) -> str:
    return "" if row["latitude"] is None else f"{row['latitude']:.6f}, {row['longitude']:.6f}"


def what(row: Plain) -> str:
    return _("a photo") if row["what"] == "photo" else row["reason"]
