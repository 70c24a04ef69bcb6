"""E-mail. Sending only so far: officers' letters. Receiving follows with the other channels."""
