"""`tanggap doctor`: every setting with its value, then what is wrong. Secrets are named, never shown."""

import ast
import base64
import json
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

import tanggap
from tanggap.channels import registry
from tanggap.cli import doctor_outside, place
from tanggap.lib import files, postgres

KINDS = {"text", "number", "flag", "words", "secret"}
HIDDEN = ("_KEY", "_KEYS", "_PASSWORD", "_TOKEN", "_SECRET", "_CREDENTIALS")
# read by the command itself, before there are Django's settings
OWN = {
    "TANGGAP_HOST": "'127.0.0.1'",
    "TANGGAP_WORKERS": "2",
    "TANGGAP_THREADS": "16",
    "TANGGAP_PG": "'' (wheel first) or 'system'",
    "TANGGAP_DEMO_PASSWORD": "made for the demo",
    "TANGGAP_DEMO_API_KEY": "made for the demo",
}


@dataclass(frozen=True)
class Setting:
    """One variable of the environment; `default` as it is written in the code."""

    name: str
    kind: str
    default: str

    def shown(self) -> str:
        given = os.environ.get(self.name)
        if given is None:
            return f"default {self.default}" if self.kind != "secret" else "MISSING"
        return "set" if self.name.endswith(HIDDEN) or self.name == "DATABASE_URL" else repr(given)


def settings() -> list[Setting]:
    """Read from settings.py itself, so that this list can't fall behind it."""
    tree = ast.parse((Path(tanggap.__file__).parent / "settings.py").read_text())
    found = {}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=kind), args=[ast.Constant(value=str(name)), *more]) if (
                kind in KINDS
            ):
                found[name] = Setting(name, kind, ast.unparse(more[0]) if more else "''")
    found |= {name: Setting(name, "text", default) for name, default in OWN.items()}
    return sorted(found.values(), key=lambda setting: setting.name)


@dataclass(frozen=True)
class Finding:
    """One sentence. A remark would be wrong in a city and is as it should be in a demo."""

    check: str
    words: str
    remark: bool = False


# a demo on one machine is no city: these are told, and nothing is wrong
FINE_IN_A_DEMO = {"site", "https", "mail", "areas", "worker", "people", "copies"}


def examine(as_json: bool = False) -> int:
    """Prints everything; 1 if something is wrong."""
    folder = place.data()
    place.use_secrets(folder)
    shown = {setting.name: setting.shown() for setting in settings()}
    found = [*misspelt(), *not_numbers(), *outside()]
    facts: dict[str, Any] = {
        "python": sys.version.split()[0],
        "data": str(folder),
        "free_mb": files.free_mb(folder),
    }
    if any(finding.check == "numbers" for finding in found):
        found.append(Finding("database", "The database was not looked at: mend the settings first."))
    else:
        found += inside(facts)
    tell = as_one_object if as_json else in_sentences
    tell(shown, facts, found)
    return 1 if any(not finding.remark for finding in found) else 0


def finding(check: str, words: str) -> Finding:
    calm = doctor_outside.demo() and doctor_outside.is_here(urlsplit(doctor_outside.site_url()).hostname)
    return Finding(check, words, remark=calm and check in FINE_IN_A_DEMO)


def known() -> set[str]:
    """Names of all settings but the channels' own."""
    return {setting.name for setting in settings()} | {place.LIFELINE}


def misspelt() -> Iterator[Finding]:
    # whether the city has a channel of such a name, only the database says (doctor_inside.strangers)
    perhaps = known() | registry.like_settings(os.environ)
    for name in sorted(os.environ):
        if name.startswith("TANGGAP_") and name not in perhaps:
            yield finding("settings", f"{name} is no setting: look for a misspelt name.")


def not_numbers() -> Iterator[Finding]:
    for setting in settings():
        given = os.environ.get(setting.name, "").strip()
        if setting.kind == "number" and given and not given.lstrip("-").isdigit():
            yield finding("numbers", f"{setting.name} must be a whole number, not {given!r}.")


def outside() -> Iterator[Finding]:
    for name, check in doctor_outside.CHECKS:
        for words in check():
            yield finding(name, words)


def inside(facts: dict[str, Any]) -> list[Finding]:
    """What the database says; what it doesn't say when it can't be reached."""
    stand_in()
    found: list[Finding] = []
    # only findings are printed: the pool's own warnings say the same less clearly
    logging.disable(logging.CRITICAL)
    try:
        with place.django():
            from django.db import DatabaseError, InterfaceError

            from tanggap.cli import doctor_inside

            now = datetime.now(UTC)
            try:
                found = [finding(name, words) for name, words in doctor_inside.look(now)]
                facts |= doctor_inside.facts(now)
            except (DatabaseError, InterfaceError) as error:
                where = urlsplit(os.environ.get("DATABASE_URL", "")).hostname or "its socket"
                why = f"The database at {where} does not answer ({type(error).__name__})"
                found.append(finding("database", f"{why}: start it, or look at DATABASE_URL."))
    except (postgres.PostgresError, ImproperlyConfigured) as error:
        found.append(finding("database", str(error)))
    finally:
        logging.disable(logging.NOTSET)
    return found


def stand_in() -> None:
    """Missing secrets are named already; so that the rest can be looked at, this process takes random ones. It opens
    and seals nothing."""
    made = base64.b64encode(os.urandom(32)).decode()
    for name in doctor_outside.SECRETS:
        if len(doctor_outside.text(name)) < doctor_outside.SHORTEST:
            os.environ[name] = f"k1:{made}"


def in_sentences(shown: dict[str, str], facts: dict[str, Any], found: list[Finding]) -> None:
    for name, value in shown.items():
        print(f"  {name:<32} {value}")
    print(f"\n  Python {facts['python']}, data in {facts['data']}, {facts['free_mb']} MB free")
    if "postgresql" in facts:
        print(f"  PostgreSQL {facts['postgresql']} at {facts['database_host']}")
    if facts.get("last_copy_hours") is not None:
        print(f"  The last good safety copy is {facts['last_copy_hours']} hours old.")
    print()
    for one in found:
        print(f"  {'-' if one.remark else '!'} {one.words}")
    if any(one.remark for one in found):
        print("  (- is as it should be in a demo, and would be wrong in a city.)")
    if all(one.remark for one in found):
        print("  Nothing is wrong.")


def as_one_object(shown: dict[str, str], facts: dict[str, Any], found: list[Finding]) -> None:
    told = {
        "ok": all(one.remark for one in found),
        "wrong": [{"check": one.check, "words": one.words} for one in found if not one.remark],
        "remarks": [{"check": one.check, "words": one.words} for one in found if one.remark],
        "facts": facts,
        "settings": shown,
    }
    print(json.dumps(told, indent=2, ensure_ascii=False))
