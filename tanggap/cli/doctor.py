"""`tanggap doctor`: every setting with its value, then what is wrong. Secrets are named, never shown."""

import ast
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import tanggap
from tanggap.cli import place
from tanggap.lib import files, postgres_programs

KINDS = {"text", "number", "flag", "words", "secret"}
HIDDEN = ("_KEY", "_KEYS", "_PASSWORD", "_TOKEN")
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


def examine() -> int:
    """Prints everything; 1 if something is wrong."""
    folder = place.data()
    place.use_secrets(folder)
    for setting in settings():
        print(f"  {setting.name:<32} {setting.shown()}")
    known = {setting.name for setting in settings()} | {place.LIFELINE}
    wrong = [
        f"{name} is no setting."
        for name in sorted(os.environ)
        if name.startswith("TANGGAP_") and name not in known
    ]
    print(f"\n  Python {sys.version.split()[0]}, data in {folder}, {files.free_mb(folder)} MB free")
    wrong += [*_room(folder), *_database()]
    for sentence in wrong:
        print(f"  ! {sentence}")
    print("  Nothing is wrong." if not wrong else "")
    return 1 if wrong else 0


def _room(folder: Path) -> Iterator[str]:
    free = files.free_mb(folder)
    if free < place.NEEDED_FREE_MB:
        yield f"Only {free} MB are free; {place.NEEDED_FREE_MB} are needed."


def _database() -> Iterator[str]:
    with place.django():
        from django.core import checks
        from django.db import connection
        from django.db.migrations.executor import MigrationExecutor
        from django.utils import timezone

        from tanggap.models import Beat, City

        major = connection.pg_version // 10_000  # type: ignore[attr-defined]
        print(f"  PostgreSQL {major} at {connection.settings_dict['HOST'] or 'its default socket'}")
        if major < postgres_programs.OLDEST_MAJOR:
            yield f"PostgreSQL {major} is too old; {postgres_programs.OLDEST_MAJOR} is the least."
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            yield "Tables are of an older version: run `tanggap migrate`."
            return
        yield from (f"{found.msg} {found.hint or ''}".strip() for found in checks.run_checks())
        if not City.objects.exists():
            yield "No city is loaded: run `tanggap load DIR`."
        if not Beat.objects.filter(at__gt=timezone.now() - timedelta(seconds=30)).exists():
            print("  No worker is running.")
