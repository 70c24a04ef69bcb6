"""Telegram: a bot whom people write to, by webhook or by asking for what is new; answers go into the same chat.

`api` is the talk with the Bot API, `parse` what an update says, `updates` the two ways they come, `send` letters,
`files` what people attach, `trial` the sentence of `tanggap channel test`. Facts: core.telegram.org/bots/api.
"""

from tanggap.channels.base import Kind, Setting
from tanggap.channels.telegram import files, send, trial, updates

SETTINGS = (
    Setting("token", "The bot's token, as BotFather gave it.", needed=True, secret=True),
    Setting("way", 'How updates come: "webhook" or "poll".', default="poll"),
    Setting(
        "secret",
        "The word Telegram sends along to the webhook; while it is changed two may stand here: new,old.",
        secret=True,
    ),
    Setting(
        "hook_url",
        "The public address of our webhook; where it is given, the webhook is set by itself and put right again.",
    ),
    Setting("wait", "How many seconds Telegram may hold a poll open until something comes.", default="1"),
    Setting("base_url", "Where the Bot API is asked.", default="https://api.telegram.org"),
    Setting("seconds", "After how many seconds without a whole answer a call is given up.", default="10"),
)

TELEGRAM = Kind(
    "telegram",
    settings=SETTINGS,
    personal=("telegram",),
    hook=updates.hook,
    poll=updates.poll,
    poll_seconds=1,  # a poll waits at the other side by itself, shortly: other channels are asked by the same thread
    fetch=files.fetch,
    send=send.send,
    test=trial.test,
)
