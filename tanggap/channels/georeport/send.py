"""Telling them what became of a request: an update of mySociety's extension, with an id of ours. The same one twice
is one there, so that a lost answer may be tried again."""

from tanggap.channels.base import Account, Outgoing, SendResult
from tanggap.lib import outside

from .ask import seconds

# the letter's name -> their word for the state; all others leave it as it is
STATES = {"done": "fixed", "rejected": "no_further_action", "gave_up": "no_further_action", "reopened": "open",
          "started": "in_progress", "outside": "not_councils_responsibility", "joined": "duplicate"}  # fmt: skip
OPEN = "investigating"


def send(account: Account, letter: Outgoing) -> SendResult:
    if not account["api_key"]:
        return SendResult("failed", "no api_key", closed=True)
    name = f"tanggap-{account.code}-{letter.letter}"
    said = {
        "api_key": account["api_key"], "service_request_id": letter.to, "update_id": name, "description": words(letter),
        "status": STATES.get(letter.code, OPEN),
    }  # fmt: skip
    if account["jurisdiction_id"]:
        said["jurisdiction_id"] = account["jurisdiction_id"]
    url = f"{account['base_url'].rstrip('/')}/servicerequestupdates.json"
    try:
        answer = outside.ask("POST", url, form=said, seconds=seconds(account))
    except (outside.NoAnswer, outside.NotAsked) as error:
        return SendResult("failed", str(error), again=True, down=True)
    return outcome(answer.status, name)


def words(letter: Outgoing) -> str:
    """Updates are read by anybody over there: the link that opens the report is left out."""
    return letter.text.replace(letter.link, "").strip() if letter.link else letter.text


def outcome(status: int, name: str) -> SendResult:
    if 200 <= status < 300 or status == 409:  # 409: it is there already
        return SendResult("sent", external_id=name)
    if status in (401, 403):
        return SendResult("failed", f"answered {status}: our api_key is refused", down=True)
    if status == 429 or status >= 500:
        return SendResult("failed", f"answered {status}", down=True)
    return SendResult("failed", f"answered {status}", closed=True)
