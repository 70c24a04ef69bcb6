"""What an operator sets for SMS, read into plain values; a senseless one is Trouble with a sentence."""

from dataclasses import dataclass, field

from tanggap.channels.base import Account, Setting, Trouble

SMPP, KANNEL = "smpp", "kannel"

SETTINGS = (
    Setting("way", 'How we speak to the exchange: "smpp", or "kannel" by HTTP.', SMPP),
    Setting("sender", "The number or name letters come from; a name can't be answered.", needed=True),
    Setting("region", "The country whose numbers are written without a code.", "ID"),
    Setting("max_parts", "How many parts a letter may have; a longer one goes as its short text.", "3"),
    Setting("rate", "How many parts a second the exchange takes.", "10"),
    Setting(
        "password", "The password at the exchange or of Kannel's sendsms user.", needed=True, secret=True
    ),
    Setting("answer_seconds", "After how many seconds without an answer one is given up.", "10"),
    Setting("host", "SMPP: the exchange's host."),
    Setting("port", "SMPP: the exchange's port.", "2775"),
    Setting("system_id", "SMPP: our log-in."),
    Setting("system_type", "SMPP: the system type, where the exchange wants one."),
    Setting("security", "SMPP: how the line is guarded: none or tls.", "none"),
    Setting("ca_file", "SMPP: a file with the certificates of the exchange's own authority."),
    Setting("bind", "SMPP: how the line that listens is bound: transceiver or receiver.", "transceiver"),
    Setting("alphabet", "SMPP: what coding 0 means at the exchange: gsm or latin-1.", "gsm"),
    Setting("long", "SMPP: how long letters go: udh, sar or payload.", "udh"),
    Setting("ids", "SMPP: how receipts write a message's id: same, hex-decimal or decimal-hex.", "same"),
    Setting(
        "gone_codes", "SMPP: error codes of receipts that mean that nobody has that number, with commas."
    ),
    Setting("enquire_seconds", "SMPP: after how long a silence we ask whether the line lives.", "30"),
    Setting(
        "part_wait", "SMPP: how many seconds parts of a long message wait unanswered for the others.", "3"
    ),
    Setting("idle_seconds", "SMPP: after how long a rest the line that sends is closed.", "20"),
    Setting("base_url", "Kannel: where its smsbox listens.", "http://127.0.0.1:13013"),
    Setting("username", "Kannel: the sendsms user."),
    Setting("smsc", "Kannel: the name of the connection to send by, where there are several."),
    Setting("hook_url", "Kannel: the public address of our hook, for what became of a letter."),
    Setting("hook_key", "Kannel: the key in its get-url; while it is changed two: new,old.", secret=True),
)

CHOICES = {
    "way": (SMPP, KANNEL),
    "security": ("none", "tls"),
    "bind": ("transceiver", "receiver"),
    "alphabet": ("gsm", "latin-1"),
    "long": ("udh", "sar", "payload"),
    "ids": ("same", "hex-decimal", "decimal-hex"),
}
DEFAULTS = {one.name: one.default for one in SETTINGS}
NUMBERS = {  # name: least, most
    "port": (1, 65_535),
    "max_parts": (1, 20),
    "rate": (0.1, 1000),
    "answer_seconds": (0.2, 120),
    "enquire_seconds": (0.2, 3600),
    "part_wait": (0, 30),
    "idle_seconds": (0, 3600),
}
LONGEST = {
    "system_id": 15,
    "password": 8,
    "system_type": 12,
    "sender": 20,
}  # of SMPP 3.4, without the closing NUL


@dataclass(frozen=True)
class Line:
    """How one exchange is spoken to by SMPP. Two equal ones share a connection."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    system_type: str
    tls: bool
    ca_file: str
    bind: str
    answer_seconds: float
    idle_seconds: float
    rate: float


def chosen(account: Account, name: str) -> str:
    """The value of a setting that is one of a few. Raises Trouble."""
    found = account[name] or DEFAULTS[name]
    if found not in CHOICES[name]:
        raise Trouble(f"The setting {name} is none of: {', '.join(CHOICES[name])}.")
    return found


def number(account: Account, name: str) -> float:
    """Raises Trouble for what is no number, or none that makes sense."""
    least, most = NUMBERS[name]
    try:
        found = float(account[name] or DEFAULTS[name])
    except ValueError:
        found = -1.0
    if not least <= found <= most:
        raise Trouble(f"The setting {name} is no number from {least:g} to {most:g}.")
    return found


def line(account: Account) -> Line:
    """Raises Trouble."""
    for name in ("host", "system_id", "sender"):
        if not account[name]:
            raise Trouble(f"The setting {name} is missing.")
    for name, most in LONGEST.items():
        if not account[name].isascii() or not account[name].isprintable() or len(account[name]) > most:
            raise Trouble(f"The setting {name} is longer than {most} signs, or has others than ASCII.")
    return Line(
        account["host"], int(number(account, "port")), account["system_id"], account["password"],
        account["system_type"], chosen(account, "security") == "tls", account["ca_file"], chosen(account, "bind"),
        number(account, "answer_seconds"), number(account, "idle_seconds"), number(account, "rate"),
    )  # fmt: skip
