"""Words to the machine alone: a whole message that is one of these, in any case. Inside a sentence they are words."""

from tanggap.channels.base import HELP, START, STATUS, STOP

VERBS = {
    "stop": STOP,
    "stopall": STOP,
    "berhenti": STOP,
    "unsubscribe": STOP,
    "unreg": STOP,
    "start": START,
    "mulai": START,
    "status": STATUS,
    "cek": STATUS,
    "help": HELP,
    "bantuan": HELP,
}
LONGEST = 60
AROUND = "\"'“”‘’.,!?/#*()[]<> "


def command(words: str) -> tuple[str, str] | None:
    """The verb and its argument, or None for what is no command.

    >>> command("Status JK261124-0007"), command("BERHENTI!"), command("tolong stop truk di jalan saya")
    (('status', 'JK261124-0007'), ('stop', ''), None)
    >>> command("stop truk"), command("STATUS jalan"), command("\\"Stop\\"")
    (None, None, ('stop', ''))
    """
    said = words.split() if len(words) <= LONGEST else []
    verb = VERBS.get(said[0].strip(AROUND).lower()) if said else None
    if verb is None or len(said) > (2 if verb == STATUS else 1):
        return None
    argument = said[1].strip(AROUND) if len(said) == 2 else ""
    if len(said) == 2 and not any(sign.isdigit() for sign in argument):
        return None  # "status jalan" is the beginning of a sentence
    return verb, argument
