"""Another system that speaks Open311 GeoReport v2 (LAPOR!, a neighbouring city): we ask it for its requests, and tell
it what became of them. It is the citizen's own channel: the answer goes back through it."""

from tanggap.channels.base import Kind, Setting

from .ask import fetch, poll, test
from .send import send

GEOREPORT = Kind(
    "georeport",
    settings=(
        Setting("base_url", "Their endpoint, up to and without /requests.", needed=True),
        Setting(
            "api_key", "The key they gave us, for updates and for requests that are not public.", secret=True
        ),
        Setting("jurisdiction_id", "Which of their jurisdictions is meant, where they have several."),
        Setting(
            "services",
            'Their service codes and our categories, as JSON: {"12": "jalan-rusak"}.',
            default="{}",
        ),
        Setting("media_hosts", "Hosts of their pictures, by commas; the endpoint's own counts anyway."),
        Setting("own_prefix", "How numbers of our own begin there: what we pushed is not asked back."),
        Setting("seconds", "After how many seconds without a whole answer a call is given up.", default="10"),
    ),
    personal=("georeport",),
    poll=poll,
    poll_seconds=60,
    fetch=fetch,
    send=send,
    test=test,
)
