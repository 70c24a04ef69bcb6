"""What may stand in a log: a route and a reference, never an address, which may hold a citizen's secret."""

import logging

from django.http import HttpRequest


class RoutesOnly(logging.Filter):
    """For Django's own loggers, which write the path of a request that failed."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest):
            match = request.resolver_match
            route = f"/{match.route}" if match else "an unknown address"
            record.msg = (
                f"{getattr(request, 'reference', '')} {request.method} {route}: {record.levelname.lower()}"
            )
            record.args = ()
        return True
