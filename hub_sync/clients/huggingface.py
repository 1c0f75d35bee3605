"""Talk to a Hugging Face Hub over HTTP; hands over bytes, knows nothing of tables.

Through huggingface_hub's own session, endpoint and error rules; the listing is paged as raw
JSON, because the library's own iterator ends at the first hostile repository.

Source: facts/huggingface.md sections 1 and 2 (huggingface_hub 2.4.0).
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

import httpx2
from huggingface_hub import constants
from huggingface_hub.errors import (
    DisabledRepoError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # public, but not in __all__
    build_hf_headers,
    get_session,
    hf_raise_for_status,
)

from hub_sync.clients.errors import (
    HubError,
    HubRefused,
    OtherOrigin,
    PageAbsent,
    PageDisabled,
    PageGated,
    PageGone,
    PageMoved,
)
from hub_sync.clients.transport import Answer, Limits, Transport, origin, pointed_to
from hub_sync.clients.waiting import Patience
from registry.errors import BadInput

OFFICIAL_URL = "https://huggingface.co"
PAGE_ITEMS = 100
# What we read and nothing else: no counter that moves every day comes over the wire.
EXPANDED = (
    "author", "cardData", "createdAt", "disabled", "gated", "lastModified", "library_name",
    "pipeline_tag", "private", "sha", "siblings", "tags",
)  # fmt: skip
_REPO_ID = re.compile(r"[A-Za-z0-9_.-]{1,96}(?:/[A-Za-z0-9_.-]{1,96})?")
_NEXT = re.compile(r'<([^<>]*)>\s*;[^,]*?\brel="?next"?')
_MOVED = re.compile(r"^/api/models/([^/]+(?:/[^/]+)?)$")
_CARD_LIMITS = Limits(body_bytes=4 << 20, seconds=60.0)


class ListedModels(NamedTuple):
    """One page of the listing."""

    body: bytes
    next_url: str  # empty: the last page


class HuggingFaceClient:
    """Reads a Hugging Face Hub, or what speaks its API under another base URL."""

    def __init__(
        self,
        *,
        base_url: str = "",
        user_agent: str,
        token: str = "",
        limits: Limits | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Prepare requests; the session is huggingface_hub's.

        :param base_url: by default huggingface_hub's endpoint (``HF_ENDPOINT``)
        :param token: an operator's token; sent to the official origin or the one ``HF_ENDPOINT``
            names only, and only for metadata: cards and files are read as anybody would
        :raises BadInput: if ``base_url`` is not an http(s) URL
        """
        url = base_url or constants.ENDPOINT
        headers = build_hf_headers(token=False, user_agent=user_agent, library_name="keifu")
        self._token = token if _may_have_token(url) else ""
        self.transport = Transport(
            url, session=get_session, headers=headers, limits=limits, patience=patience
        )
        self._cards = Transport(
            url, session=get_session, headers=headers, limits=_CARD_LIMITS, patience=patience
        )

    @property
    def requests(self) -> int:
        """Return how many requests were sent."""
        return self.transport.requests + self._cards.requests

    @property
    def retries(self) -> int:
        """Return how many of them repeated another."""
        return self.transport.retries + self._cards.retries

    def close(self) -> None:
        """Let every thread that waits give up at once."""
        self.transport.close()
        self._cards.close()

    def models(self, *, next_url: str) -> ListedModels:
        """Return one page of the listing, newest first.

        :param next_url: the ``Link`` of the page before, verbatim; empty for the first page
        :raises HubError: if the Hub did not answer, or points to another origin
        """
        if next_url:
            answer = self.transport.get(next_url, headers=self._authorization())
        else:
            query: Mapping[str, str | list[str]] = {
                "limit": str(PAGE_ITEMS),
                "sort": "createdAt",
                "expand": list(EXPANDED),
            }
            answer = self.transport.get("/api/models", query=query, headers=self._authorization())
        _raise_for(answer, "the model listing")
        found = _NEXT.search(answer.headers.get("link", ""))
        following = pointed_to(answer.url, found[1]) if found else ""
        if following and not self.transport.is_own(following):
            raise OtherOrigin("the Hub's next page lies on another origin; not followed")
        return ListedModels(body=answer.body, next_url=following)

    def info(self, repo_id: str) -> bytes:
        """Return a repository's model info with its files' sizes and digests.

        :raises BadInput: if ``repo_id`` is not a repository id
        :raises PageMoved: if it was renamed
        :raises PageDisabled: if the Hub's staff disabled it
        :raises PageGone: if the Hub has no such repository, or a private one
        :raises HubError: if the Hub did not answer
        """
        answer = self.transport.get(
            f"/api/models/{checked_repo_id(repo_id)}",
            query={"blobs": "true"},
            headers=self._authorization(),
            follows=False,
        )
        if answer.status in {HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT}:
            raise PageMoved(f"{repo_id} was renamed", moved_to=self._moved_to(answer, repo_id))
        _raise_for(answer, repo_id)
        return answer.body

    def text_file(self, repo_id: str, *, revision: str, path: str) -> bytes:
        """Return a small file of a public repository, read without the token.

        :raises PageGated: if only people who were let in may read it
        :raises PageAbsent: if there is no such file (or repository)
        :raises HubError: if the Hub did not answer
        """
        where = f"/{checked_repo_id(repo_id)}/resolve/{quote(revision, safe='')}/{quote(path)}"
        answer = self._cards.get(where)
        _raise_for(answer, f"{repo_id}/{path}")
        return answer.body

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def _moved_to(self, answer: Answer, repo_id: str) -> str:
        """Return the new id a redirect names.

        :raises HubRefused: if it names no other repository of this Hub
        """
        url = pointed_to(answer.url, answer.headers.get("location", ""))
        found = _MOVED.match(unquote(urlsplit(url).path))
        is_other = found is not None and self.transport.is_own(url) and found[1] != repo_id
        if found is None or not is_other or not _REPO_ID.fullmatch(found[1]):
            raise HubRefused("the Hub redirects to something that is not a repository of its own")
        return found[1]


def checked_repo_id(repo_id: str) -> str:
    """Return ``repo_id`` if it may stand in a URL path.

    :raises BadInput: if it is not ``name`` or ``owner/name``
    """
    if not _REPO_ID.fullmatch(repo_id) or {".", ".."} & set(repo_id.split("/")):
        raise BadInput(f"a repository id is owner/name, not {repo_id[:200]!r}")
    return repo_id


def _may_have_token(url: str) -> bool:
    own = {origin(OFFICIAL_URL), origin(constants.ENDPOINT)}
    return origin(url) in own


def _raise_for(answer: Answer, what: str) -> None:
    """Translate huggingface_hub's reading of an answer into ours.

    :raises PageAbsent: if the Hub says that the page or file cannot be read under this id
    :raises HubError: if it says anything else but 2xx
    """
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return
    response = httpx2.Response(
        answer.status,
        headers={k: v for k, v in answer.headers.items() if k.startswith("x-")},
        content=answer.body,
        request=httpx2.Request("GET", answer.url),
    )
    try:
        hf_raise_for_status(response)
    except DisabledRepoError as error:
        raise PageDisabled(f"{what} is disabled") from error
    except GatedRepoError as error:
        raise PageGated(f"{what} is gated") from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise PageGone(f"the Hub has no {what}, or a private one") from error
    except EntryNotFoundError as error:
        raise PageAbsent(f"there is no {what}") from error
    except HfHubHTTPError as error:
        raise HubRefused(f"the Hub answered {answer.status} to {what}") from error
    raise HubError(f"the Hub answered {answer.status} to {what}")
