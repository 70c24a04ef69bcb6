"""A line that can be cut, in every way a network does it. Between web and database, or between a citizen and the web.

`tc` and packet filters are not everywhere; a filter on the socket itself is: the kernel then drops every packet that
comes for it, unacknowledged, just as after a cable was pulled.
"""

import contextlib
import ctypes
import socket
import struct
import threading
from collections.abc import Callable

ATTACH_FILTER, DETACH_FILTER = 26, 27  # SO_ATTACH_FILTER, SO_DETACH_FILTER of Linux
NOTHING = struct.pack("=HBBI", 0x06, 0, 0, 0)  # one instruction: keep 0 bytes of the packet

Target = Callable[[], socket.socket]


def to_unix(path: str) -> Target:
    def connect() -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.connect(path)
        return line

    return connect


def to_one_of(ports: list[int]) -> Target:
    """The first that takes the connection, the last one asked first: as a proxy goes to its next server."""

    def connect() -> socket.socket:
        ports.append(ports.pop(0))
        for port in list(ports):
            with contextlib.suppress(OSError):
                return socket.create_connection(("127.0.0.1", port))
        raise ConnectionRefusedError

    return connect


class Proxy:
    """Listens on a port of its own and passes everything on, until told otherwise."""

    def __init__(self, target: Target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.lines: set[socket.socket] = set()
        self.flowing = threading.Event()
        self.flowing.set()
        self.swallowing = 0  # answers still to be swallowed
        self.swallowed = 0
        self.lock = threading.Lock()
        self.closed = False
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True
        self.flowing.set()
        for line in [self.listener, *self.lines]:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    # ---- what is done to the line ----

    def cut(self) -> None:
        """No packet arrives any more, on lines that are open and on new ones: a partition."""
        for line in [self.listener, *self.lines]:
            drop_everything(line)
        self.flowing.clear()

    def hang(self) -> None:
        """Packets arrive and are acknowledged, and nobody answers: a machine whose disk has stopped."""
        self.flowing.clear()

    def heal(self) -> None:
        for line in [self.listener, *self.lines]:
            with contextlib.suppress(OSError):
                line.setsockopt(socket.SOL_SOCKET, DETACH_FILTER, 0)
        self.flowing.set()

    def swallow(self, answers: int) -> None:
        """The next answers never reach who asked: their lines break instead."""
        with self.lock:
            self.swallowing = answers

    # ---- how it passes on ----

    def accept(self) -> None:
        while not self.closed:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.join, args=[line], daemon=True).start()

    def join(self, line: socket.socket) -> None:
        """The far side is called only when there is something to say to it, and hears it at once."""
        try:
            first = line.recv(65536)
            self.flowing.wait()
            far = self.target()
            far.sendall(first)
        except OSError:
            line.close()
            return
        self.lines |= {line}
        back = threading.Thread(target=self.pump, args=[far, line, True], daemon=True)
        back.start()
        self.pump(line, far, False)
        back.join()
        self.lines -= {line}
        line.close()
        far.close()

    def pump(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.flowing.wait()
                if answers and self.takes_it():
                    break
                sink.sendall(data)
        self.flowing.wait()
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def takes_it(self) -> bool:
        with self.lock:
            if not self.swallowing:
                return False
            self.swallowing -= 1
            self.swallowed += 1
            return True


def drop_everything(line: socket.socket) -> None:
    program = ctypes.create_string_buffer(NOTHING)
    with contextlib.suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, struct.pack("@HP", 1, ctypes.addressof(program)))
