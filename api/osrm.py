"""The bureau's own OSRM as an engine of travel times, and what is asked while it is away.

Its table service: https://project-osrm.org/docs/v5.24.0/api/#table-service
"""

from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Lock
from time import monotonic
from urllib.parse import urlsplit

import numpy as np
import orjson
import structlog
from numpy.typing import NDArray

from geo.nearest import TravelTime

Floats = NDArray[np.float64]
PATIENCE_S = 2.0
AGAIN_S = 30.0
"""For so long it is not asked again after it did not answer."""
AT_ONCE = 50
"""Places on either side of a question: its usual limit is 100 in all."""
log = structlog.get_logger()


class OsrmAway(Exception):
    """It did not answer, or not with a table."""


class Osrm:
    """One server, for all threads of a process."""

    def __init__(self, url: str) -> None:
        self._where = urlsplit(url)
        self._lock = Lock()
        self._again_at = 0.0

    def table(self, origins: Floats, destinations: Floats) -> tuple[Floats, Floats]:
        """Seconds and metres (n, m), inf where there is no way. Raises OsrmAway."""
        if monotonic() < self._again_at:
            raise OsrmAway("not asked again yet")
        sums = np.empty((2, len(origins), len(destinations)))
        try:
            for n in range(0, len(origins), AT_ONCE):
                for m in range(0, len(destinations), AT_ONCE):
                    part = slice(n, n + AT_ONCE), slice(m, m + AT_ONCE)
                    sums[:, *part] = self._asked(origins[part[0]], destinations[part[1]])
        except OsrmAway as away:
            self._rest(str(away))
            raise
        return sums[0], sums[1]

    def _rest(self, why: str) -> None:
        with self._lock:
            self._again_at = monotonic() + AGAIN_S
        log.warning("osrm_away", why=why)

    def _asked(self, origins: Floats, destinations: Floats) -> Floats:
        places = ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in (*origins, *destinations))
        sources = ";".join(map(str, range(len(origins))))
        goals = ";".join(map(str, range(len(origins), len(origins) + len(destinations))))
        path = (
            f"{self._where.path.rstrip('/')}/table/v1/driving/{places}"
            f"?sources={sources}&destinations={goals}&annotations=duration,distance"
        )
        answer = self._get(path)
        try:
            found = orjson.loads(answer)
            sums = np.array([found["durations"], found["distances"]], np.float64)
        except (ValueError, KeyError, TypeError) as wrong:
            raise OsrmAway(type(wrong).__name__) from None
        if sums.shape != (2, len(origins), len(destinations)):
            raise OsrmAway("a table of another size")
        return np.where(np.isnan(sums).any(axis=0), np.inf, sums)

    def _get(self, path: str) -> bytes:
        """By no proxy and after no redirection."""
        kind = HTTPSConnection if self._where.scheme == "https" else HTTPConnection
        line = kind(self._where.hostname or "", self._where.port, timeout=PATIENCE_S)
        try:
            line.request("GET", path)
            answer = line.getresponse()
            body = answer.read()
        except (OSError, HTTPException) as failure:
            raise OsrmAway(type(failure).__name__) from None
        finally:
            line.close()
        if answer.status != 200:
            raise OsrmAway(str(answer.status))
        return body


class Preferred:
    """OSRM for one question or a few, and our own engine from where it fails on: `method` says
    which of them has answered."""

    def __init__(self, osrm: Osrm, own: TravelTime) -> None:
        self.method = "osrm"
        self.own = own
        self._osrm = osrm

    def __call__(self, origins: Floats, destination: Floats) -> tuple[Floats, Floats]:
        seconds, metres = self.table(origins, destination[None])
        return seconds[:, 0], metres[:, 0]

    def table(self, origins: Floats, destinations: Floats) -> tuple[Floats, Floats]:
        if self.method == "osrm":
            try:
                return self._osrm.table(origins, destinations)
            except OsrmAway:
                self.method = self.own.method
        return self.own.table(origins, destinations)
