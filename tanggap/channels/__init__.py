"""One folder per kind of channel: parse and send. They know nothing of cases."""
