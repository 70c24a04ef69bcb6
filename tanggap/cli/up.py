"""`tanggap up`: the whole system on one machine, under one process that looks after the others."""

import json
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from tanggap.cli import place
from tanggap.cli.watch import PATIENCE, Child
from tanggap.lib import postgres

DEMO_WEEK = ["simulate", "--reports", "300", "--days", "7", "--seed", "1"]
FIRST_PAGE_SECONDS = 60


class Stopped(Exception):
    """Ctrl-C or SIGTERM while something was being waited for."""


class Up:
    """Database, tables and the city, web, then (in a new demo) a week of reports, then the worker."""

    def __init__(self, city: Path, *, demo: bool):
        self.city, self.demo = city, demo
        self.folder = place.data()
        self.stopping = threading.Event()
        self.children: list[Child] = []

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stopping.set())
        with place.marked_as_running(self.folder) as was_killed:
            place.check_room(self.folder)
            place.check_port(patience=PATIENCE if was_killed else 0)
            if not self.city.is_dir():
                raise place.Refused(f"{self.city} is no folder of a city's files.")
            if self.demo:
                place.make_secrets(self.folder)
            place.use_secrets(self.folder)
            say("Starting Tanggap")
            say("  Database …")
            with postgres.used(self.folder) as server:
                try:
                    self.live(server)
                except Stopped:
                    pass
                finally:
                    self.end()
        say("Stopped.")
        return 0

    def live(self, server: postgres.Server) -> None:
        told = self.prepare(server)
        web = self.add(server, "serve")
        self.first_page(web)
        self.greet(told["people"], told["key"])
        if told["empty"]:
            self.fill(server)
        self.add(server, "work")
        self.look_after(server)

    def add(self, server: postgres.Server, *verb: str) -> Child:
        """A child that is to live as long as we do."""
        child = self.child(server, list(verb))
        child.start()
        self.children.append(child)
        return child

    def child(self, server: postgres.Server, verb: list[str]) -> Child:
        log = None
        if self.demo:
            # a demo's terminal is for the reader; everywhere else logs belong to whoever started us
            log = self.folder / "log" / f"{verb[0]}.log"
            log.parent.mkdir(exist_ok=True)
        return Child(verb, log, {"DATABASE_URL": server.dsn_url})

    def prepare(self, server: postgres.Server) -> dict:
        child = self.child(server, ["prepare", "--json", "--city", str(self.city)])
        self.children.append(child)
        process = child.start(tell=True)
        self.finish(child)
        if process.returncode or process.stdout is None:
            raise place.Refused("The database could not be prepared; the reason stands above.")
        return json.loads(process.stdout.read())

    def fill(self, server: postgres.Server) -> None:
        """A believable week, while the pages can already be read."""
        child = Child(DEMO_WEEK, None, {"DATABASE_URL": server.dsn_url})
        self.children.append(child)
        process = child.start()
        self.finish(child)
        if process.returncode:
            say("The week of reports could not be made; the system itself runs.")

    def finish(self, child: Child) -> None:
        """Waits for a child that ends by itself."""
        while child.runs():
            if self.stopping.wait(0.05):
                raise Stopped
        child.wait(time.monotonic())
        self.children.remove(child)

    def first_page(self, web: Child) -> None:
        say("  Web …")
        deadline = time.monotonic() + FIRST_PAGE_SECONDS
        while not answers(f"http://{place.host()}:{place.port()}/healthz"):
            if self.stopping.wait(0.1):
                raise Stopped
            if not web.runs() or time.monotonic() > deadline:
                raise place.Refused(f"The web server does not answer. {web.last_words()}")

    def greet(self, people: list[list[str]], key: str) -> None:
        say(f"\n  Tanggap   {place.address()}")
        if people:
            say(f"  Petugas   {place.address()}/masuk/\n")
            wide = max(len(role) for role, _, _ in people)
            name = max(len(username) for _, username, _ in people)
            for role, username, password in people:
                say(f"    {role:<{wide}}  {username:<{name}}  {password}")
        if key:
            say(f"\n  Open311   {place.address()}/open311/v2/   key {key}")
        say("\n  Ctrl-C stops everything; the data stays.\n")

    def look_after(self, server: postgres.Server) -> None:
        while not self.stopping.wait(0.5):
            if not postgres.alive(server):
                say("The database was gone; starting it again.")
                server = postgres.ensure(self.folder)
            for child in self.children:
                happened = child.look_after(time.monotonic())
                if happened:
                    say(happened)

    def end(self) -> None:
        """Web first, so that nothing more is accepted; each finishes what it was given."""
        if self.stopping.is_set():
            say("\nStopping …")
        deadline = time.monotonic() + PATIENCE
        for child in self.children:
            child.stop()
        for child in self.children:
            child.wait(deadline)


def answers(address: str) -> bool:
    # the proxies of this machine lead away from it
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(address, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def say(words: str) -> None:
    print(words, file=sys.stdout, flush=True)
