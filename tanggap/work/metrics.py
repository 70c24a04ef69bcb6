"""The closed port: a Prometheus server reads it on this machine. Served by the worker, never by the public web port."""

import errno
import logging
import threading
from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.utils import timezone
from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from tanggap import flow
from tanggap.monitoring import health, metrics

log = logging.getLogger(__name__)

AGAIN_SECONDS = 15.0


class City(Collector):
    """Asked anew at each scrape. With the database away it still says so, and how full the disk is."""

    def collect(self) -> Iterator[Metric]:
        yield metrics.disk()
        up = counted = 1
        try:
            # all or nothing: half of the counts would look like a fall
            yield from list(metrics.families(flow.KINDS, timezone.now()))
        except health.AWAY as error:
            log.warning("nothing could be counted: %s", type(error).__name__)
            up = counted = 0
        except Exception:
            log.exception("nothing could be counted")
            counted = 0
        finally:
            connection.close()
        yield metrics.gauge("database_up", "Whether the database answered this scrape", up)
        yield metrics.gauge("counted", "Whether everything could be counted at this scrape", counted)


def registry() -> CollectorRegistry:
    made = CollectorRegistry()
    made.register(City())
    ProcessCollector(namespace="tanggap_worker", registry=made)
    return made


class Port:
    """Held by one worker of this machine; the others wait for it, so that it survives whoever holds it."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.stopping = threading.Event()
        self.held = threading.Event()
        self.thread = threading.Thread(target=self.hold, name="metrics", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def hold(self) -> None:
        told = False
        while True:
            try:
                server, serving = start_http_server(self.port, self.host, registry())
                break
            except OSError as error:
                if not told:
                    why = errno.errorcode.get(error.errno or 0, type(error).__name__)
                    log.warning("port %s for metrics can't be used yet: %s", self.port, why)
                    told = True
            if self.stopping.wait(AGAIN_SECONDS):
                return
        self.port = server.server_port
        self.held.set()
        self.stopping.wait()
        server.shutdown()
        server.server_close()
        serving.join(5)

    def stop(self) -> None:
        self.stopping.set()
        if self.thread.is_alive():
            self.thread.join(6)


def port() -> Port | None:
    """The port of this installation's settings, not yet opened; None while it is off."""
    return Port(settings.METRICS_HOST, settings.METRICS_PORT) if settings.METRICS_PORT else None
