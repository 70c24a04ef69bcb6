"""The sentence of `tanggap channel test`: what is wrong with an X account; "" for nothing."""

from tanggap.channels.base import Account, Trouble
from tanggap.channels.x import api, poll, spend
from tanggap.lib import loosely, outside

NEEDED = ("user_id", "consumer_key", "consumer_secret", "access_token", "access_secret")
NUMBERS = ("spend_limit", "cost_read", "cost_event", "cost_write")


def test(account: Account) -> str:
    for name in NEEDED:
        if not account[name]:
            return f"The setting {name} is not given."
    try:
        poll.way(account)
        return purse(account) or whose(account)
    except Trouble as trouble:
        return str(trouble)
    except (api.Wrong, outside.NoAnswer) as wrong:
        return str(api.trouble(account, wrong))


def purse(account: Account) -> str:
    for name in NUMBERS:
        if api.number(account[name], -1.0, 0.0, 1e9) < 0:
            return f"The setting {name} is not a number of dollars."
    found = spend.purse(account)
    return "" if found.readable() and not found.is_empty else str(found.told())


def whose(account: Account) -> str:
    """Are the keys good, and are they those of the account whose mentions we read?"""
    ours = api.own(account)
    found = loosely.part(api.call(account, "GET", "/2/users/me"), "data")
    return (
        ""
        if loosely.text(found, "id", 30) == ours
        else "The access token is of another account than user_id."
    )
