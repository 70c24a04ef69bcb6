#!/usr/bin/python3
"""What a clean root without systemd has in its place: starts units as they say, nothing more.

Knows `daemon-reload`, `enable [--now] UNIT...`, `start|restart|stop UNIT...`. A unit's own words rule: User,
WorkingDirectory, EnvironmentFile, ExecStart. Debian's own services are started by Debian's own scripts.
"""

import configparser
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

RUN = Path("/run/units")
# services belong to the machine's network, whoever's shell restarts them
HERE = ["nsenter", "--net=/proc/1/ns/net"]
DEBIAN = {
    "postgresql": "for c in $(ls /etc/postgresql); do pg_ctlcluster $c main {}; done",
    "nginx": "case {} in stop) nginx -s stop;; *) pgrep -x nginx >/dev/null && nginx -s reload || nginx;; esac",
}


def main(words: list[str]) -> None:
    verb, units = words[0], [word for word in words[1:] if not word.startswith("-")]
    names = [name.removesuffix(".service") for name in units if not name.endswith(".timer")]
    if verb == "enable" and "--now" not in words:
        return
    for name in names:
        if name in DEBIAN:
            subprocess.run(
                [*HERE, "sh", "-ec", DEBIAN[name].format("stop" if verb == "stop" else "restart")], check=True
            )
            continue
        stop(name)
        if verb != "stop":
            start(name)


def start(name: str) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(f"/etc/systemd/system/{name}.service")
    service = unit["Service"]
    command = ["runuser", "-u", service["User"], "--", *shlex.split(service["ExecStart"])]
    if service.get("Type") == "oneshot":
        subprocess.run([*HERE, *command], cwd=service["WorkingDirectory"], env=environment(service["EnvironmentFile"]),
                       check=True)  # fmt: skip
        return
    with open(f"/var/log/{name}.log", "ab") as log:
        child = subprocess.Popen(
            [*HERE, *command], cwd=service["WorkingDirectory"], env=environment(service["EnvironmentFile"]),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    RUN.mkdir(exist_ok=True)
    (RUN / name).write_text(str(child.pid))


def environment(file: str) -> dict[str, str]:
    found = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    for line in Path(file).read_text().splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[key] = value
    return found


def stop(name: str) -> None:
    try:
        leader = int((RUN / name).read_text())
        os.killpg(leader, signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError):
        return
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and alive(leader):
        time.sleep(0.1)


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    # who ended but was not fetched counts as gone
    states = subprocess.run(
        ["ps", "-o", "stat=", "-g", str(group)], capture_output=True, text=True
    ).stdout.split()
    return any(not state.startswith("Z") for state in states)


if __name__ == "__main__":
    main(sys.argv[1:])
