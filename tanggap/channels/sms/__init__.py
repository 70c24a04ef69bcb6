"""SMS, both ways: straight to the exchange by SMPP 3.4, or by a Kannel of the city's over HTTP (setting `way`).

`listener` keeps the line on which citizens' messages and receipts come, `parts` joins long ones, `message` says what
one means, `send` brings letters out, `wire` and `pdu` speak the protocol, `alphabet` counts and splits. An operator
reads docs/channels-sms.md: what to set, what each way can lose. Sources: SMPP 3.4 issue 1.2; 3GPP TS 23.038, 23.040.
"""

from tanggap.channels.base import Kind

from . import kannel, listener, send, settings, trial

SMS = Kind(
    "sms",
    settings=settings.SETTINGS,
    personal=("phone",),
    hook=kannel.hook,
    listen=listener.listen,
    send=send.send,
    test=trial.test,
)
