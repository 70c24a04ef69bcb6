"""The words of a mail: plain text of whatever was sent, without what it quotes."""

import re
import warnings

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning
from bs4.element import PreformattedString
from bs4.exceptions import ParserRejectedMarkup
from mailparser_reply import EmailReplyParser

from tanggap.lib.text import clean

MOST_WORDS = 10_000  # signs; as every door
MOST_HTML = 400_000
MOST_OF_A_LINE = 400  # for the search for quotes only
MOST_QUOTED = 40_000
# what is no word of the writer: their program's, or somebody else's whom they quote
SILENT = [
    "script",
    "style",
    "head",
    "title",
    "template",
    "svg",
    "math",
    "object",
    "noscript",
    "form",
    "iframe",
]
QUOTES = (
    "blockquote[type=cite]", ".gmail_quote", ".gmail_quote_container", ".gmail_attr", ".yahoo_quoted",
    ".protonmail_quote", ".moz-cite-prefix", "#divRplyFwdMsg", "#divRplyFwdMsg ~ *", "#appendonsend ~ *",
    "#mail-editor-reference-message-container", ".ms-outlook-mobile-reference-message",
)  # fmt: skip
BLOCKS = {
    "p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr", "pre",
}  # fmt: skip
# "Pada Sel, 24 Nov 2026 pukul 09.12 Tanggap <...> menulis:", also folded over two lines
_WROTE = re.compile(
    r"^>* ?(?:pada|on|tanggal)\b[^\n]{1,300}(?:\n[^\n]{0,200})??(?:menulis|wrote|berkata) ?:[ \t]*$",
    re.I | re.M,
)
_HEAD = re.compile(
    r"^[*_ ]*(?:dari|from) ?:[^\n]{1,400}\n(?:[^\n]{0,400}\n){0,3}?"
    r"[*_ ]*(?:dikirim|terkirim|tanggal|sent|date|kepada|to) ?:",
    re.I | re.M,
)
_LINE = re.compile(
    r"^(?:-{2,} ?(?:pesan asli|original message|pesan diteruskan|forwarded message) ?-{2,}|_{20,})[ \t]*$",
    re.I | re.M,
)
_SENT_FROM = re.compile(
    r"\n(?:-- \n.*|(?:dikirim dari|sent from|terkirim dari|get outlook for)[^\n]{0,80})\Z", re.I | re.S
)
_SECTIONS = re.compile(r"<!\[[^>]{0,200}(?<!--)>")
_GAPS = re.compile(r"\n{3,}")
_SPACES = re.compile(r"[ \t\u00a0]+")


def of_html(html: str) -> tuple[str, str]:
    """The words of an HTML mail: all of them, and those that are no quote. No tag, no attribute, no address in it."""
    tree = tree_of(html[:MOST_HTML])
    for one in tree.find_all(SILENT):
        if not one.decomposed:
            one.decompose()
    whole = shown(tree)
    for one in tree.select(", ".join(QUOTES)):
        if not one.decomposed:
            one.decompose()
    return whole, shown(tree)


def tree_of(html: str) -> BeautifulSoup:
    """Office writes conditional sections, at which Python's parser gives up; no browser shows them."""
    html = _SECTIONS.sub("", html)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        try:
            return BeautifulSoup(html, "html.parser")
        except ParserRejectedMarkup:
            return BeautifulSoup(html.replace("<!", "< "), "html.parser")


def shown(tree: BeautifulSoup) -> str:
    told: list[str] = []
    for one in tree.descendants:
        name = getattr(one, "name", None)
        if name in BLOCKS:
            told.append("\n")
        elif name in ("td", "th"):
            told.append(" ")
        elif name is None and not isinstance(one, PreformattedString):
            told.append(" ".join(str(one).split()) if not str(one).isspace() else " ")
            if str(one)[-1:].isspace():
                told.append(" ")
    return tidy("".join(told))


def tidy(text: str) -> str:
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()


def flowed(text: str, deleted: bool) -> str:
    """format=flowed (RFC 3676): a line that ends in a space goes on in the next one of the same depth."""
    told: list[str] = []
    open_line = False
    for line in text.split("\n"):
        quoted = line.startswith(">")
        plain = line[1:] if line.startswith(" ") else line
        if open_line and not quoted:
            told[-1] += plain
        else:
            told.append(plain)
        open_line = line.endswith(" ") and line != "-- " and not quoted
        if open_line and deleted:
            told[-1] = told[-1][:-1]
    return "\n".join(told)


def above_quotes(text: str) -> str:
    """What the writer themself wrote: words between quoted lines stay, the quoted lines and all below an unmarked
    quotation go. If nothing were left (somebody sends on what they got), everything stays."""
    text = text[:MOST_QUOTED]
    left = shortened(text)
    for mark in (_LINE, _WROTE, _HEAD):
        found = mark.search(left)
        if found is None:
            continue
        below = left[found.end() :]
        marked = any(line.startswith(">") for line in below.split("\n"))
        left = left[: found.start()] + (below if marked and mark is _WROTE else "")
    left = "\n".join(line for line in left.split("\n") if not line.startswith(">"))
    left = EmailReplyParser(languages=["en", "de", "nl", "fr"]).parse_reply(left) or left
    left = _SENT_FROM.sub("", left.rstrip()).strip()
    return tidy(left) if re.search(r"\w", left) else tidy(text)


def shortened(text: str) -> str:
    """Lines cut in pieces, so that no search over one line takes long."""
    return "\n".join(
        "\n".join(line[at : at + MOST_OF_A_LINE] for at in range(0, len(line), MOST_OF_A_LINE))
        if len(line) > MOST_OF_A_LINE
        else line
        for line in text.split("\n")
    )


def bounded(text: str) -> tuple[str, bool]:
    """Storable words, and whether some were left out."""
    told = clean(text, MOST_WORDS + 1)
    return (told, False) if len(told) <= MOST_WORDS else (told[:MOST_WORDS].rstrip(), True)
