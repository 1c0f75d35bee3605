"""Talk to Civitai over HTTP; hands over bytes, knows nothing of tables.

Source: facts/civitai.md section 1 (civitai/civitai, ``src/pages/api/v1``).
"""

import json
import re
from http import HTTPStatus

import httpx2

from hub_sync.clients.errors import HubError, HubRefused, PageGone
from hub_sync.clients.transport import Answer, Limits, Transport, origin
from hub_sync.clients.waiting import Patience
from registry.errors import BadInput

OFFICIAL_URL = "https://civitai.com"
PAGE_ITEMS = 100  # the most that the API accepts
_TOKEN_ORIGINS = {origin(OFFICIAL_URL), origin("https://civitai.red")}
_ID = re.compile(r"[1-9][0-9]{0,11}")  # one spelling, as pages are stored and erased by it
_LARGEST_ID = 2**31 - 1  # int4; a larger one is answered 400


class CivitaiClient:
    """Reads Civitai's REST API v1, or what speaks it under another base URL."""

    def __init__(
        self,
        *,
        base_url: str,
        user_agent: str,
        token: str = "",
        limits: Limits | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Open a session.

        :param token: an operator's key; sent to Civitai's own origins only
        :raises BadInput: if ``base_url`` is not an http(s) URL
        """
        headers = {"User-Agent": user_agent, "Accept": "application/json"}
        if token and origin(base_url) in _TOKEN_ORIGINS:
            headers["Authorization"] = f"Bearer {token}"
        self._session = session = httpx2.Client(follow_redirects=False)
        self.transport = Transport(
            base_url.rstrip("/").removesuffix("/api/v1"),
            session=lambda: session,
            headers=headers,
            limits=limits,
            patience=patience,
        )

    def close(self) -> None:
        """Let waiting threads give up, and the connections go."""
        self.transport.close()
        self._session.close()

    def models(self, *, cursor: str) -> bytes:
        """Return one page of the listing, oldest first, everything included.

        Oldest first, because what is published during a walk then lands at its end.

        :param cursor: opaque, from the page before; empty for the first page
        :raises HubError: if Civitai did not answer
        :raises HubRefused: if it does not accept the request (an outdated cursor, say)
        """
        query: dict[str, str | list[str]] = {
            "limit": str(PAGE_ITEMS),
            "nsfw": "true",
            "sort": "Oldest",
            "period": "AllTime",
        }
        if cursor:
            query["cursor"] = cursor
        answer = self.transport.get("/api/v1/models", query=query)
        if answer.status != HTTPStatus.OK:
            raise _refused(answer, "the model listing")
        return answer.body

    def model(self, model_id: str) -> bytes:
        """Return one model page.

        :raises BadInput: if ``model_id`` is not a Civitai id
        :raises PageGone: if Civitai has no such model
        :raises HubError: if Civitai did not answer
        """
        return self._by_id("models", model_id)

    def version(self, version_id: str) -> bytes:
        """Return one model version; its ``modelId`` names the page.

        :raises BadInput: if ``version_id`` is not a Civitai id
        :raises PageGone: if Civitai has no such version
        :raises HubError: if Civitai did not answer
        """
        return self._by_id("model-versions", version_id)

    def _by_id(self, what: str, number: str) -> bytes:
        if not (_ID.fullmatch(number) and int(number) <= _LARGEST_ID):
            raise BadInput(
                f"a Civitai id is a number from 1 to {_LARGEST_ID} without leading zeros, "
                f"not {number[:80]!r}"
            )
        answer = self.transport.get(f"/api/v1/{what}/{number}")
        if answer.status == HTTPStatus.OK:
            return answer.body
        if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE} and _says_why(answer):
            raise PageGone(f"Civitai has no {what.removesuffix('s')} {number}")
        raise _refused(answer, f"{what} {number}")


def _says_why(answer: Answer) -> bool:
    """Return whether an error is the API's own, not a proxy's page."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and bool(said.get("error") or said.get("message"))


def _refused(answer: Answer, what: str) -> HubError:
    return HubRefused(
        f"Civitai at {answer.url.partition('?')[0]} answered {answer.status} to {what}"
    )
