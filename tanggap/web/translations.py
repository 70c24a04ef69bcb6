"""The catalogues. `python -m tanggap.web.translations update|fill|compile|check`.

By Babel, because msgfmt is not on a bare machine and Django's makemessages skips `{% trans %}` in Jinja2.
msgids are English. Indonesian is the default and must be complete; the English catalogue repeats its msgids,
except where a sentence of Django's is said in our own voice. The .po are committed, the .mo are built.
"""

import argparse
import copy
import fcntl
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parent.parent
LOCALE = PACKAGE / "locale"
LANGUAGES = ("id", "en")
METHODS = [
    ("**/migrations/**", "ignore"),
    ("**.py", "python"),
    ("**.html", "jinja2"),
    ("reply/letters/**.txt", "jinja2"),
]
# not silent: a page that cannot be read would lose all its translations at the next update
JINJA = {"trimmed": "true", "silent": "false"}
OPTIONS = {"**.html": JINJA, "reply/letters/**.txt": JINJA}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "lazy": None,  # how some modules call it beside gettext
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
PLURALS = {"id": "nplurals=1; plural=0;", "en": "nplurals=2; plural=(n != 1);"}
VALUE = re.compile(r"%\((\w+)\)[sd]")
HEAD = r"""# Filled by: python -m tanggap.web.translations fill < pairs.json
msgid ""
msgstr ""
"Language: {language}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: {plurals}\n"

"""


def path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def extracted() -> Catalog:
    """Every word of the package, without places: line numbers would turn each edit into a conflict."""
    found = Catalog(project="tanggap", charset="utf-8")
    for _name, _line, msgid, _notes, context in extract_from_dir(PACKAGE, METHODS, OPTIONS, KEYWORDS):
        found.add(msgid, context=context)
    return found


def read(language: str) -> Catalog:
    file = path(language)
    text = file.read_bytes() if file.exists() else head(language)
    return read_po(io.BytesIO(text), locale=language, charset="utf-8")


def head(language: str) -> bytes:
    return HEAD.format(language=language, plurals=PLURALS[language]).encode()


def write(language: str, catalog: Catalog) -> None:
    """Sorted by msgid and whole at once, so that a reader never meets half a file."""
    held = io.BytesIO()
    write_po(
        held, catalog, width=110, sort_output=True, ignore_obsolete=True, no_location=True, omit_header=True
    )
    file = path(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".po.new")
    fresh.write_bytes(head(language) + held.getvalue())
    fresh.replace(file)


def words(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def empty(message: Message) -> bool:
    said = message.string if isinstance(message.string, list | tuple) else [message.string]
    return not all(said)


def missing(catalog: Catalog) -> list[Message]:
    return [message for message in words(catalog) if message.fuzzy or empty(message)]


def update() -> dict[str, Catalog]:
    """Bring both catalogues to what the code says now; what is gone from the code is dropped."""
    template = extracted()
    catalogs = {}
    for language in LANGUAGES:
        catalog = read(language)
        # a copy: update() would share the template's messages between the languages
        catalog.update(copy.deepcopy(template), no_fuzzy_matching=True)
        if language == "en":
            for message in missing(catalog):
                message.string = message.id
                message.flags.discard("fuzzy")
        write(language, catalog)
        catalogs[language] = catalog
    return catalogs


def key_of(message: Message) -> str:
    """How a string is named outside: its English (a plural by its singular), or "context|English"."""
    said = message.id[0] if isinstance(message.id, list | tuple) else message.id
    return f"{message.context}|{said}" if message.context else said


def fill(pairs: dict[str, str], language: str = "id") -> list[str]:
    """Set translations by `key_of`. Returns the keys that no code says."""
    catalog = update()[language]
    by_key = {key_of(message): message for message in words(catalog)}
    for key, said in pairs.items():
        if key in by_key:
            message = by_key[key]
            message.string = (said,) * catalog.num_plurals if message.pluralizable else said
            message.flags.discard("fuzzy")
    write(language, catalog)
    compile_all()
    return [key for key in pairs if key not in by_key]


def compile_all() -> None:
    """Build the .mo beside each .po."""
    for language in LANGUAGES:
        file = path(language).with_suffix(".mo")
        fresh = file.with_suffix(".mo.new")
        with fresh.open("wb") as target:
            write_mo(target, read(language))
        fresh.replace(file)


def problems() -> list[str]:
    """One line for each missing, fuzzy or forgotten string; empty when both languages are complete."""
    template = {key_of(message) for message in words(extracted())}
    lines = []
    for language in LANGUAGES:
        catalog = read(language)
        known = {key_of(message) for message in words(catalog)}
        lines += [f"{language}: not in the catalogue: {key!r}" for key in sorted(template - known)]
        lines += [f"{language}: no longer said: {key!r}" for key in sorted(known - template)]
        lines += [f"{language}: untranslated: {key_of(message)!r}" for message in missing(catalog)]
        lines += [
            f"{language}: {fault}: {key_of(message)!r}"
            for message in words(catalog)
            for fault in faults(message)
        ]
    return lines


def faults(message: Message) -> list[str]:
    """A translation that names a value its msgid does not know would fail in front of a reader."""
    ids = message.id if isinstance(message.id, list | tuple) else [message.id]
    said = message.string if isinstance(message.string, list | tuple) else [message.string]
    known = {name for one in ids for name in VALUE.findall(one)}
    found = []
    for one in said:
        names = set(VALUE.findall(one))
        if names - known:
            found.append(f"names {', '.join(sorted(names - known))}")
        try:
            if known:
                one % dict.fromkeys(known, 0)
        except (ValueError, TypeError, KeyError) as error:
            found.append(str(error))
    return found


@contextmanager
def alone() -> Iterator[None]:
    """One at a time: several people may fill at once."""
    LOCALE.mkdir(exist_ok=True)
    folder = os.open(LOCALE, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tanggap.web.translations", description=__doc__)
    parser.add_argument("do", choices=["update", "fill", "compile", "check"])
    parser.add_argument("--language", choices=LANGUAGES, default="id", help="for fill")
    given = parser.parse_args(arguments)
    with alone():
        if given.do == "compile":
            compile_all()
            return 0
        if given.do == "check":
            lines = problems()
        elif given.do == "fill":
            lines = [f"no code says: {key!r}" for key in fill(json.load(sys.stdin), given.language)]
        else:
            lines = [repr(key_of(message)) for message in missing(update()["id"])]
            compile_all()
    print("\n".join(lines) if lines else "complete")
    return 1 if lines and given.do != "update" else 0


if __name__ == "__main__":
    sys.exit(main())
