"""Commands with a slash before them, as people write to a bot, beside the bare words that every channel knows."""

import re

from tanggap.channels import commands
from tanggap.channels.base import HELP

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
    slash = SLASH.fullmatch(words.strip())
    if slash is None:
        return commands.command(words)
    word, rest = slash[1].lower(), (slash[2] or "").strip()
    if word in commands.VERBS:
        return commands.VERBS[word], rest[:LONGEST_ARGUMENT]
    return None if rest else (HELP, word)


def report(words: str) -> str:
    """The words of a report, without the command before them.

    >>> report("/lapor@TanggapBot jalan rusak"), report("/peta banjir di sini")
    ('jalan rusak', '/peta banjir di sini')
    """
    slash = SLASH.fullmatch(words.strip())
    return slash[2].strip() if slash and slash[1].lower() in REPORT and slash[2] else words
