"""What if the head of an answer never ends? It is cut when it is not there in time, however it trickles."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class _HeadInTime:
    """Mixed into a connection class. A read time-out alone starts anew with every byte that comes."""

    sock: Any
    limit: float

    def getresponse(self, *args: Any, **kwargs: Any) -> Any:
        late = threading.Event()
        watch = threading.Timer(self.limit, self._cut, args=[late])
        watch.daemon = True
        watch.start()
        try:
            response = super().getresponse(*args, **kwargs)  # type: ignore[misc]
        finally:
            watch.cancel()
        # http.client takes a head that was cut off for a short one.
        if late.is_set():
            raise TimeoutError(f"no whole head within {self.limit:g} s")
        return response

    def _cut(self, late: threading.Event) -> None:
        late.set()
        # Closing would not wake a thread that waits in recv; shutting down does.
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


class PatientAdapter(HTTPAdapter):
    """Opens connections for `requests` whose answers must have begun, head and all, within `limit` seconds."""

    def __init__(self, *, limit: float) -> None:
        self._limit = limit
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Called by HTTPAdapter itself; gives its pools our connections."""
        super().init_poolmanager(*args, **kwargs)
        plain = type("PlainConnection", (_HeadInTime, HTTPConnection), {"limit": self._limit})
        secure = type("SecureConnection", (_HeadInTime, HTTPSConnection), {"limit": self._limit})
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
