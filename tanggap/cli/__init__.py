"""`tanggap`: everything that is started by hand, by `make`, or by a machine's service manager."""

import argparse
import os
import signal
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from tanggap.cli import channels, commands, copies, moving, people, place, rights
from tanggap.lib.postgres import PostgresError


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="tanggap", description="Citizen reports for a city.", epilog="Settings: tanggap doctor"
    )
    verbs = made.add_subparsers(metavar="COMMAND", required=True)

    def verb(name: str, run, told: str) -> argparse.ArgumentParser:
        own = verbs.add_parser(name, help=told, description=told)
        own.set_defaults(run=run)
        return own

    up = verb("up", commands.up, "start everything: database, web, worker; Ctrl-C stops it")
    up.add_argument(
        "--demo", action="store_true", help="own secrets, log-ins for each role, a week of reports"
    )
    up.add_argument("--city", type=Path, default=place.JAKARTA, help="folder of the city's files")
    verb("stop", commands.stop, "stop what `up` started in this data folder")
    verb("serve", commands.serve, "the web server alone")
    verb("work", commands.work, "the worker alone")
    verb("migrate", commands.migrate, "bring the tables to this version")
    load = verb("load", commands.load, "load a city's files (reference data); the same again changes nothing")
    load.add_argument("folder", type=Path)
    areas = verb("load-areas", commands.load_areas, "load borders of areas from GeoJSON")
    areas.add_argument("file", type=Path)
    simulate = verb("simulate", commands.simulate, "live some days of a city in a minute")
    simulate.add_argument("--reports", type=int, default=300, metavar="N")
    simulate.add_argument("--days", type=int, default=7, metavar="D")
    simulate.add_argument("--seed", type=int, default=1, metavar="S")
    simulate.add_argument("--fast", action="store_true", help="write finished histories by COPY")
    doctor = verb("doctor", commands.doctor, "show settings, and what is wrong: exit code 1 if anything is")
    doctor.add_argument("--json", action="store_true", help="the same as one object, for machines")
    verb("secrets", commands.secrets, "print new secrets for a city's environment file")
    for more in (copies, moving, rights, people, channels):
        more.add(verb)
    prepare = verb("prepare", commands.prepare, "what `up` does before it serves: migrate, load, people")
    prepare.add_argument("--city", type=Path, default=place.JAKARTA)
    prepare.add_argument("--json", action="store_true", help="tell in JSON what was made")
    return made


def main(argv: list[str] | None = None) -> int:
    """Runs one command. What an administrator can mend is one sentence and exit code 1."""
    args = parser().parse_args(argv)
    place.end_with_parent()
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        # so that a command told to end still closes what it opened; servers set their own
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        return args.run(args) or 0
    except KeyboardInterrupt:
        return 130
    except (place.Refused, PostgresError, ImproperlyConfigured) as error:
        print(f"tanggap: {error}", file=sys.stderr)
    except BrokenPipeError:
        os._exit(1)  # whoever read us is gone; there is nobody to tell
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        print(f"tanggap: {error.strerror or error}{where}", file=sys.stderr)
    return 1
