"""What the web server calls."""

import multiprocessing
import os
import signal
import threading

from django.core.wsgi import get_wsgi_application

from tanggap.web import logs


def end_with_parent() -> None:
    """The server's worker process would outlive a killed server and keep its port."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for, args=[parent], daemon=True).start()


def _wait_for(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tanggap.settings")
end_with_parent()
application = get_wsgi_application()
logs.catch_all()
