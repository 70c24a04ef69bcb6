"""X (Twitter): mentions and direct messages, by webhook or by asking; answers by direct message, else below the post.

Every read and every post costs money there, so a day has a spend limit. `api` is the signed talk, `spend` the purse,
`parse` what is said (`legacy` its older shape), `hook` and `poll` the two ways it comes, `send` letters, `files` what
is attached, `trial` the sentence of `tanggap channel test`. Facts: docs.x.com, 2026.
"""

from tanggap.channels.base import Kind, Setting
from tanggap.channels.x import files, hook, poll, send, trial

SETTINGS = (
    Setting("user_id", "The account's own number, not its name.", needed=True),
    Setting("consumer_key", "The app's consumer key.", needed=True, secret=True),
    Setting(
        "consumer_secret",
        "The app's consumer secret, which also signs the webhook; while it is changed two may stand here: new,old.",
        needed=True,
        secret=True,
    ),
    Setting(
        "access_token",
        "The account's access token for this app (it does not run out).",
        needed=True,
        secret=True,
    ),
    Setting("access_secret", "The secret of that access token.", needed=True, secret=True),
    Setting(
        "way", 'How news come: "webhook" or "poll"; a webhook is repaired by a rarer poll.', default="poll"
    ),
    Setting("poll_minutes", "How many minutes lie between two polls; empty is 5, beside a webhook 60."),
    Setting("spend_limit", "How many dollars a UTC day may cost at most; 0 is without limit.", default="5"),
    Setting("cost_read", "What one post or message that is read costs, in dollars.", default="0.001"),
    Setting("cost_event", "What one event of the webhook costs, in dollars.", default="0.01"),
    Setting("cost_write", "What one post or message that is written costs, in dollars.", default="0.015"),
    Setting(
        "public_words",
        "The public answer where no direct message goes through; {number} is the report's number. It names nobody.",
        default="Terima kasih, laporan Anda sudah kami terima dengan nomor {number}. Agar kerahasiaan Anda terjaga, "
        "selebihnya kami jawab lewat pesan langsung: silakan kirim pesan kepada kami.",
    ),
    Setting("base_url", "Where the API is asked.", default="https://api.x.com"),
    Setting(
        "media_hosts",
        "Which hosts files are fetched from, by commas.",
        default="pbs.twimg.com,video.twimg.com",
    ),
    Setting("seconds", "After how many seconds without a whole answer a call is given up.", default="10"),
)

X = Kind(
    "x",
    settings=SETTINGS,
    personal=("x",),
    hook=hook.hook,
    poll=poll.poll,
    poll_seconds=60,
    fetch=files.fetch,
    send=send.send,
    test=trial.test,
)
