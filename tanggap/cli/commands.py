"""The commands, each a small function of its arguments. Django is loaded only by those that need it."""

import argparse
import json
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from tanggap.cli import place, watch
from tanggap.lib import postgres

Args = argparse.Namespace


def up(args: Args) -> int:
    from tanggap.cli.up import Up

    return Up(args.city.absolute(), demo=args.demo).run()


def stop(args: Args) -> int:
    folder = place.data()
    pid = place.running(folder)
    if pid is None:
        postgres.stop_if_unused(folder)  # left behind by a start that was killed
        print(f"Nothing runs in {folder}.")
        return 0
    print("Stopping …", flush=True)
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + watch.PATIENCE + 30
    while place.running(folder) == pid:
        if time.monotonic() > deadline:
            raise place.Refused(f"Process {pid} does not end; look at it, or end it with kill -9 {pid}.")
        time.sleep(0.1)
    print("Stopped.")
    return 0


def serve(args: Args) -> int:
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    from tanggap.web import logs

    place.check_port(patience=5)  # the one before us may still be finishing
    # WhiteNoise looks for it, even while it finds the files where they are
    (place.data() / "static").mkdir(exist_ok=True)
    threads = place.number("TANGGAP_THREADS", 16)
    # each thread may hold a connection while it answers
    os.environ.setdefault("TANGGAP_POOL", str(threads + 2))
    with place.database():
        Granian(
            "tanggap.wsgi:application",
            address=place.host(),
            port=place.port(),
            interface=Interfaces.WSGI,
            http=HTTPModes.http1,
            websockets=False,
            workers=place.number("TANGGAP_WORKERS", 2),
            blocking_threads=threads,
            respawn_failed_workers=True,
            respawn_interval=0.5,
            workers_kill_timeout=watch.PATIENCE,
            log_level=LogLevels.error,
            log_dictconfig=logs.server(os.environ.get("TANGGAP_LOG", "")),
        ).serve()
    return 0


def work(args: Args) -> int:
    # each line to the outside may hold a connection, and every channel has two or three lines
    os.environ.setdefault("TANGGAP_POOL", "40")
    with place.django():
        from tanggap.work import loop

        loop.main()
    return 0


def without_hurry() -> None:
    """A migration of a big city takes longer than a page may. Waiting for a lock keeps its limit: who waits blocks."""
    os.environ["TANGGAP_STATEMENT_TIMEOUT_MS"] = "0"


def migrate(args: Args) -> int:
    without_hurry()
    with place.django():
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=1)
    return 0


def load(args: Args) -> int:
    with place.django():
        told = _load(args.folder)
    print(", ".join(f"{name} {count}" for name, count in told.items()))
    return 0


def load_areas(args: Args) -> int:
    with place.django():
        from tanggap.city.areas import BadAreas
        from tanggap.city.areas import load_areas as load_file

        try:
            count = load_file(args.file)
        except BadAreas as error:
            raise place.Refused(str(error)) from None
    print(f"{count} areas have borders now.")
    return 0


def simulate(args: Args) -> int:
    with place.django():
        from tanggap.demo.simulate import simulate as live

        began = time.monotonic()
        with Bars() as bars:
            told = live(args.reports, args.days, args.seed, datetime.now(UTC), args.fast, bars.show)
    print(f"  {told.reports} reports and {told.photos} photos in {time.monotonic() - began:.0f} s.")
    return 0


class Bars:
    """One line of progress for each kind of thing, the newest at the bottom."""

    def __init__(self) -> None:
        self.bars: dict[str, Any] = {}

    def __enter__(self) -> "Bars":
        return self

    def __exit__(self, *_: object) -> None:
        for bar in self.bars.values():
            bar.close()

    def show(self, what: str, done: int, total: int) -> None:
        from tqdm import tqdm

        if what not in self.bars:
            # in a log file each step is a line of its own: few are enough
            pause = 0.2 if sys.stderr.isatty() else 10
            self.bars[what] = tqdm(total=total, desc=f"  {what:<10}", unit="", ncols=78, mininterval=pause)
        bar = self.bars[what]
        bar.total = total
        bar.update(done - bar.n)


def doctor(args: Args) -> int:
    from tanggap.cli import doctor as own

    return own.examine(args.json)


def secrets(args: Args) -> int:
    """Prints new secrets as lines of an environment file; keeps none."""
    for name, value in {**place.new_secrets(), "TANGGAP_STATUS_TOKEN": token_urlsafe(24)}.items():
        print(f"{name}={value}")
    return 0


def prepare(args: Args) -> int:
    """Everything before the first page; with --json it tells `up` on stdout what it has to print."""
    told: dict[str, Any] = {"people": [], "key": "", "empty": False}
    without_hurry()
    with place.django():
        from django.conf import settings
        from django.core.management import call_command

        say("Tables")
        call_command("migrate", interactive=False, verbosity=0)
        _load_if_changed(args.city)
        _collect_static(Path(settings.STATIC_ROOT), Path(settings.BASE) / "static")
        if settings.DEMO:
            from tanggap.demo import people
            from tanggap.models import Report

            say("People")
            now = datetime.now(UTC)
            told["people"] = people.ensure(os.environ.get("TANGGAP_DEMO_PASSWORD"), now)
            told["key"] = people.api_key(os.environ.get("TANGGAP_DEMO_API_KEY"), now)
            told["empty"] = not Report.objects.exists()
    if args.json:
        print(json.dumps(told))
    return 0


def say(words: str) -> None:
    print(f"  {words} …", file=sys.stderr, flush=True)


def _collect_static(into: Path, ours: Path) -> None:
    """Styles and scripts, collected and compressed once: a phone on a slow line fetches a fifth of the bytes."""
    from django.core.management import call_command

    stamp = into / ".collected"
    newest = max(file.stat().st_mtime for file in ours.rglob("*") if file.is_file())
    if not stamp.exists() or stamp.stat().st_mtime < newest:
        say("Styles")
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.touch()


def _load(folder: Path) -> dict[str, int]:
    from tanggap.city.files import BadFile
    from tanggap.city.load import load as load_folder

    if not folder.is_dir():
        raise place.Refused(f"{folder} is no folder of a city's files.")
    try:
        return load_folder(folder)
    except BadFile as error:
        raise place.Refused(str(error)) from None


def _load_if_changed(folder: Path) -> None:
    """Loading takes seconds: skipped while no file of the city is newer than the last time."""
    from tanggap.models import City

    mark = place.data() / "loaded"
    newest = max((file.stat().st_mtime for file in folder.glob("*")), default=0.0)
    wanted = f"{folder} {newest}"
    if City.objects.exists() and mark.exists() and mark.read_text() == wanted:
        return
    say("City")
    _load(folder)
    mark.write_text(wanted)
