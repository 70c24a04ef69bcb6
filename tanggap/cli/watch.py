"""Child processes: started, watched, restarted with growing patience, stopped."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tanggap.cli.place import LIFELINE

PATIENCE = 15  # seconds a child gets to finish what it was given
BACK_OFF = (0, 1, 2, 4, 8, 15, 30)  # seconds before the next start
STEADY = 60  # seconds after which a child is well again


@dataclass
class Child:
    """One `tanggap` command. Its words go to `log`, or to our own output if that is None."""

    verb: list[str]
    log: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen | None = None
    failures: int = 0
    started_at: float = 0.0
    start_at: float = 0.0
    lifeline: int = -1

    @property
    def name(self) -> str:
        return self.verb[0]

    def start(self, *, tell: bool = False) -> subprocess.Popen:
        """Starts it in a session of its own: Ctrl-C is for us, who stop it in order.

        With `tell` its stdout is a pipe for us, and its stderr ours.
        """
        theirs, ours = os.pipe()
        output = open(self.log, "ab") if self.log else None  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tanggap.cli", *self.verb],
            env=os.environ | self.environment | {LIFELINE: str(theirs), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if tell else output,
            stderr=None if tell else output,
            pass_fds=[theirs],
            start_new_session=True,
        )
        os.close(theirs)
        if output:
            output.close()
        self.lifeline = ours
        self.started_at = time.monotonic()
        return self.process

    def look_after(self, now: float) -> str | None:
        """Starts it again if it ended by itself; gives a sentence when that happened."""
        if self.process is None:
            if now >= self.start_at:
                self.start()
            return None
        code = self.process.poll()
        if code is None:
            return None
        self._signal_group(signal.SIGTERM)
        self._forget()
        self.failures = 0 if now - self.started_at > STEADY else self.failures + 1
        wait = BACK_OFF[max(0, min(self.failures, len(BACK_OFF)) - 1)]
        self.start_at = now + wait
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return f"`tanggap {self.name}` {how}; starting it again" + (f" in {wait} s." if wait else ".")

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        if self.process and self.runs():
            self.process.terminate()

    def wait(self, deadline: float) -> None:
        """Until it ended; after the deadline it is killed, with all it started."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        self._signal_group(signal.SIGKILL)
        self.process.wait()
        self._forget()

    def _signal_group(self, number: signal.Signals) -> None:
        """To all that it started and that is still there; it leads a group of its own."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def _forget(self) -> None:
        os.close(self.lifeline)
        self.process = None

    def last_words(self) -> str:
        if self.log is None or not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])
