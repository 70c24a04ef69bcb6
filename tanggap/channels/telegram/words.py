"""Words to the machine alone: /stop and its like, or a whole message that is one such word. Inside a sentence they are
words of the report."""

import re

from tanggap.channels.base import HELP, START, STATUS, STOP

VERBS = {
    "start": START,
    "mulai": START,
    "stop": STOP,
    "berhenti": STOP,
    "status": STATUS,
    "cek": STATUS,
    "help": HELP,
    "bantuan": HELP,
}
REPORT = {"lapor", "report", "aduan"}  # what follows is the report
SLASH = re.compile(r"/(\w{1,32})(?:@\w{1,64})?(?:\s+(.*))?", re.DOTALL)
LONGEST_ARGUMENT = 100


def command(words: str) -> tuple[str, str] | None:
    """The verb and its argument, or None for words to a person.

    >>> command("/status@TanggapBot JK261124-0007"), command("BERHENTI!"), command("tolong stop truk di jalan saya")
    (('status', 'JK261124-0007'), ('stop', ''), None)
    >>> command("/lapor jalan rusak"), command("/lapor"), command("/peta"), command("/peta banjir di sini")
    (None, ('help', 'lapor'), ('help', 'peta'), None)
    """
    if slash := SLASH.fullmatch(words.strip()):
        word, rest = slash[1].lower(), (slash[2] or "").strip()
        if word in VERBS:
            return VERBS[word], rest[:LONGEST_ARGUMENT]
        return None if rest else (HELP, word)
    return bare(words.split()) if len(words) <= LONGEST_ARGUMENT else None


def bare(said: list[str]) -> tuple[str, str] | None:
    verb = VERBS.get(said[0].strip(".!#").lower()) if said else None
    if verb is None or len(said) > (2 if verb == STATUS else 1):
        return None
    argument = said[1] if len(said) == 2 else ""
    if argument and not any(sign.isdigit() for sign in argument):
        return None  # "status jalan" is the beginning of a sentence
    return verb, argument


def report(words: str) -> str:
    """The words of a report, without the command before them.

    >>> report("/lapor@TanggapBot jalan rusak"), report("/peta banjir di sini")
    ('jalan rusak', '/peta banjir di sini')
    """
    slash = SLASH.fullmatch(words.strip())
    return slash[2].strip() if slash and slash[1].lower() in REPORT and slash[2] else words
