"""Count an address' requests in this process' memory, in microseconds.

Django REST Framework's own throttle reads and writes its history through the cache; the cache is
this process' memory anyway (settings: ``CACHES``), so this keeps the same count for less.
"""

import time
from collections import OrderedDict, deque
from functools import cache
from threading import Lock

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle
from rest_framework.views import APIView

_COUNTED = "keifu.counted"  # no header of a client's can be called so
_MOST_ADDRESSES = 10_000  # remembered at once; the one heard of longest ago is forgotten first


class QuickRateThrottle(BaseThrottle):
    """As many requests an address as ``DEFAULT_THROTTLE_RATES["anon"]`` allows."""

    _heard: OrderedDict[str, deque[float]] = OrderedDict()
    _lock = Lock()

    def __init__(self) -> None:
        """Read the rate."""
        rate = SimpleRateThrottle.THROTTLE_RATES.get("anon")
        self.most, self.seconds = _parsed(rate)
        self.pause: float | None = None

    def allow_request(
        self,
        request: Request | HttpRequest,
        view: APIView | None = None,  # noqa: ARG002 - of the framework
    ) -> bool:
        """Return whether one more request is within the rate, and count it, once, if so."""
        if not self.most or request.META.pop(_COUNTED, False):
            return True
        now = time.monotonic()
        address = self._address(request)
        with self._lock:
            heard = self._heard.setdefault(address, deque())
            self._heard.move_to_end(address)
            while heard and heard[0] <= now - self.seconds:
                heard.popleft()
            if len(heard) >= self.most:
                self.pause = heard[0] + self.seconds - now
                return False
            heard.append(now)
            if len(self._heard) > _MOST_ADDRESSES:
                self._heard.popitem(last=False)
        return True

    @staticmethod
    def hand_on(request: HttpRequest) -> None:
        """Let another view answer a request that was allowed here, without counting it again."""
        request.META[_COUNTED] = True

    def _address(self, request: Request | HttpRequest) -> str:
        """Return whose request it is, as the framework does; headers are seldom worth reading."""
        if api_settings.NUM_PROXIES == 0:  # the default: none is believed
            return str(request.META.get("REMOTE_ADDR"))
        return str(self.get_ident(request))  # type: ignore[arg-type]  # reads headers and META alone

    def wait(self) -> float | None:
        """Return the seconds after which a refused request may be made again."""
        return self.pause


@cache
def _parsed(rate: str | None) -> tuple[int, int]:
    if rate is None:
        return 0, 0
    number, _, period = rate.partition("/")
    return int(number), {"s": 1, "m": 60, "h": 3600, "d": 86400}[period[0]]
