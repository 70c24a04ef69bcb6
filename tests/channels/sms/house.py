"""A house that hears: it keeps each thing once, as the door does, and can be away, or refuse one of them."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence

from tanggap.channels.base import Account, Heard, Submission
from tanggap.channels.sms import listener, settings
from tests.world.smsc import Smsc


class House:
    def __init__(self) -> None:
        self.kept: dict[str, Heard] = {}
        self.calls = 0
        self.before: Callable[[Sequence[Heard]], None] = lambda heard: None
        self.after: Callable[[Sequence[Heard]], None] = lambda heard: None

    def ears(self, heard: Sequence[Heard]) -> None:
        self.calls += 1
        self.before(heard)
        for one in heard:
            self.kept.setdefault(one.external_id, one)
        self.after(heard)

    @property
    def words(self) -> list[str]:
        return [one.words for one in self.kept.values() if isinstance(one, Submission)]

    @property
    def notes(self) -> list[tuple[str, ...]]:
        return [one.notes for one in self.kept.values() if isinstance(one, Submission)]

    def of(self, kind: type) -> list:
        return [one for one in self.kept.values() if isinstance(one, kind)]


def account(smsc: Smsc, **more: str) -> Account:
    return Account("sms", "sms", {**settings.DEFAULTS, **smsc.settings(), "part_wait": "0.4", **more})


class Line:
    """The worker's part: the listener in a thread, opened again when it breaks."""

    def __init__(self, given: Account, house: House):
        self.account, self.house = given, house
        self.over = threading.Event()
        self.broke: list[BaseException] = []
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        while not self.over.is_set():
            try:
                listener.listen(self.account, self.house.ears, self.over.is_set)
            except Exception as error:
                self.broke.append(error)
            self.over.wait(0.05)

    def stop(self) -> None:
        self.over.set()
        self.thread.join(10)


@contextlib.contextmanager
def listening(smsc: Smsc, house: House, **more: str) -> Iterator[Line]:
    line = Line(account(smsc, **more), house)
    line.thread.start()
    try:
        smsc.until(lambda: {"transceiver", "receiver"} & set(smsc.binds))
        yield line
    finally:
        line.stop()
