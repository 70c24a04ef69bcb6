"""The settings that all three kinds have."""

from tanggap.channels.base import Setting

GRAPH = "https://graph.facebook.com"
GRAPH_OF_INSTAGRAM = "https://graph.instagram.com"
VERSION = "v26.0"

APP_SECRET = Setting(
    "app_secret",
    "The app's secret, which signs the webhook's posts; while it is rotated two may stand here: new,old.",
    needed=True,
    secret=True,
)
VERIFY_TOKEN = Setting(
    "verify_token",
    "The word agreed for the webhook's handshake; while it is changed two may stand here: new,old.",
    needed=True,
    secret=True,
)
BASE_URL = Setting("base_url", "Where the Graph API is asked.", default=GRAPH)
API_VERSION = Setting("version", "Which version of the Graph API is spoken.", default=VERSION)
SECONDS = Setting(
    "seconds", "After how many seconds without a whole answer a call is given up.", default="10"
)
PUBLIC_REPLIES = Setting(
    "public_replies",
    'Whether a comment that can\'t be answered privately gets a public sentence without personal data: "yes", "no".',
    default="no",
)
PUBLIC_WORDS = Setting(
    "public_words",
    "That public sentence. It names nobody and no report.",
    default="Terima kasih, tulisan Anda sudah kami terima. Agar kerahasiaan Anda terjaga, kami menjawab lewat pesan "
    "pribadi saja: silakan kirim pesan kepada kami.",
)
HUMAN_AGENT = Setting(
    "human_agent",
    'Whether the app may use the tag HUMAN_AGENT for what a person writes after 24 hours: "yes" or "no".',
    default="yes",
)


def token(told: str) -> Setting:
    return Setting("token", told, needed=True, secret=True)


def hosts(default: str) -> Setting:
    return Setting(
        "media_hosts",
        "Which hosts files are fetched from, by commas; *.name stands for all below it.",
        default,
    )
