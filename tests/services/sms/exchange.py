"""The exchange on npm's smpp: installed from the committed lock with the machine's own registry, no script run."""

import json
import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

from .kannel import must_have

HERE = Path(__file__).parent
FILES = ("package.json", "package-lock.json", "smsc.js")


def install(folder: Path) -> Path:
    must_have("node", "npm")
    for name in FILES:
        shutil.copy(HERE / name, folder / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180)
    if done.returncode:
        told = f"npm ci failed: {done.stderr.strip()[-300:]}"
        pytest.skip(told)  # a registry that is away is no fault of ours, in CI neither
    return folder


class Exchange:
    """`with Exchange(folder) as one:` listens at `one.port`; `one.said` is all it told."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, 0
        self.said: list[dict[str, Any]] = []
        self.names = 0
        self.lines: queue.Queue[dict[str, Any]] = queue.Queue()

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            ["node", "smsc.js", "0"],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self.read, daemon=True).start()
        self.until(lambda: self.told("listening"))
        self.port = self.told("listening")[0]["listening"]
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)

    def read(self) -> None:
        for line in self.process.stdout:
            self.said.append(json.loads(line))

    def told(self, name: str) -> list[dict[str, Any]]:
        return [one for one in list(self.said) if name in one]

    def order(self, do: str, **fields: Any) -> str:
        self.names += 1
        name = f"o{self.names}"
        self.process.stdin.write(json.dumps({"do": do, "name": name, **fields}) + "\n")
        self.process.stdin.flush()
        return name

    def write(self, words: str, source: str = "6281234567890", **more: Any) -> str:
        """A citizen writes; its name, for `statuses`."""
        told = {"utf16": words.encode("utf-16-be").hex()} if not words.isascii() else {"words": words}
        return self.order("mo", **{"from": source, "to": "62811000111", **told, **more})

    def statuses(self, name: str) -> list[int]:
        return [one["status"] for one in self.told("answered") if one["answered"] == name]

    def until(self, fact: Callable[[], object], seconds: float = 15.0) -> None:
        deadline = time.monotonic() + seconds
        while not fact():
            assert self.process.poll() is None, "the exchange ended"
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.02)

    def settings(self, **more: str) -> dict[str, str]:
        return {
            "way": "smpp", "host": "127.0.0.1", "port": str(self.port), "system_id": "tanggap", "password": "rahasia",
            "sender": "62811000111", "answer_seconds": "3", "rate": "100", "part_wait": "1", **more,
        }  # fmt: skip
