"""A process of ours that listens and writes down what it heard, one line each, synced: for kill -9.

Arguments: the settings as JSON, the file, seconds between storing and answering.
"""

import json
import os
import sys
import time

from tanggap.channels.base import Account, Submission
from tanggap.channels.sms import SMS, settings


def main(told: str, path: str, pause: str) -> None:
    account = Account("sms", "sms", {**settings.DEFAULTS, **json.loads(told)})
    with open(path, "a") as file:

        def ears(heard) -> None:
            for one in heard:
                words = one.words if isinstance(one, Submission) else type(one).__name__
                file.write(json.dumps({"id": one.external_id, "words": words}) + "\n")
            file.flush()
            os.fsync(file.fileno())
            time.sleep(float(pause))

        SMS.listen(account, ears, lambda: False)


if __name__ == "__main__":
    main(*sys.argv[1:])
