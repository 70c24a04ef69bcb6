"""A mail server for one test: takes everything on port 587, keeps it as files, knows no TLS."""

import socketserver
import sys
from pathlib import Path

ANSWERS = {"EHLO": b"250 post office", "HELO": b"250 post office", "MAIL": b"250 ok", "RCPT": b"250 ok",
           "NOOP": b"250 ok", "RSET": b"250 ok", "AUTH": b"235 ok"}  # fmt: skip


class Counter(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.say(b"220 post office")
        while line := self.rfile.readline():
            verb = line[:4].decode("ascii", "replace").upper()
            if verb == "QUIT":
                self.say(b"221 bye")
                return
            if verb == "DATA":
                self.say(b"354 go on")
                self.keep()
                self.say(b"250 kept")
            else:
                self.say(ANSWERS.get(verb, b"502 what?"))

    def keep(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        folder = Path(sys.argv[1])
        (folder / f"{len(list(folder.iterdir())):04}.eml").write_bytes(b"".join(lines))

    def say(self, words: bytes) -> None:
        self.wfile.write(words + b"\r\n")


class Office(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    with Office(("127.0.0.1", 587), Counter) as office:
        office.serve_forever()
