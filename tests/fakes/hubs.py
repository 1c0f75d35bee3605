"""Two small hubs on loopback, with faults that a test plans reply by reply."""

import base64
import json
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

_CHUNK_BYTES = 64 << 10
RECORDED = Path(__file__).resolve().parents[1] / "recorded"


@dataclass
class Reply:
    """One answer, and how it goes wrong."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    padding: int = 0  # zeros behind the body: a large file costs no memory
    is_cut: bool = False  # close the connection in the middle of the body
    seconds_per_byte: float = 0.0


def json_reply(value: Any, status: int = 200, **headers: str) -> Reply:
    """Answer with JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, body=json.dumps(value).encode(), headers=named)


class FakeHub:
    """Answers what is planned first, else what its subclass routes."""

    def __init__(self) -> None:
        self.planned: deque[Reply] = deque()
        self.broken: dict[str, Reply] = {}  # path: what it answers until it is mended
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.url = ""
        self.bytes_sent = 0  # of bodies; what a client closed on is counted as far as it went

    @property
    def paths(self) -> list[str]:
        """Return the paths asked for, without their queries."""
        return [unquote(urlsplit(path).path) for path, _ in self.requests]

    def answer(self, path: str, headers: dict[str, str]) -> Reply:
        """Return the reply to a GET."""
        self.requests.append((path, headers))
        if self.planned:
            return self.planned.popleft()
        url = urlsplit(path)
        broken = self.broken.get(unquote(url.path))
        return broken or self.route(unquote(url.path), parse_qs(url.query))

    def route(self, path: str, query: dict[str, list[str]]) -> Reply:
        """Return what the hub says when nothing goes wrong."""
        raise NotImplementedError

    @contextmanager
    def running(self) -> Iterator["FakeHub"]:
        """Serve on a free port of this machine."""
        server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class FakeCivitai(FakeHub):
    """Civitai's API v1: listing, model, version."""

    def __init__(self, models: list[dict[str, Any]] | None = None, *, page_items: int = 2) -> None:
        super().__init__()
        recorded = json.loads((RECORDED / "civitai" / "models.json").read_text())
        self.models = {m["id"]: m for m in (recorded if models is None else models)}
        self.unlisted: set[int] = set()
        self.page_items = page_items
        self.raw_items: list[bytes] = []  # verbatim, at the end of the first page

    def route(self, path: str, query: dict[str, list[str]]) -> Reply:
        """Answer as Civitai does."""
        if path == "/api/v1/models":
            return self._listing(query)
        if found := re.fullmatch(r"/api/v1/models/(\d+)", path):
            model = self.models.get(int(found[1]))
            missing = {"error": f"No model with id {found[1]}"}
            return json_reply(model) if model else json_reply(missing, 404)
        if found := re.fullmatch(r"/api/v1/model-versions/(\d+)", path):
            for model in self.models.values():
                for version in model.get("modelVersions", []):
                    if version["id"] == int(found[1]):
                        return json_reply({**version, "modelId": model["id"]})
            return json_reply({"error": "Model not found"}, 404)
        return json_reply({"error": "Not found"}, 404)

    def _listing(self, query: dict[str, list[str]]) -> Reply:
        after = int(query.get("cursor", ["0|0"])[0].split("|")[1])
        ids = [i for i in sorted(self.models) if i > after and i not in self.unlisted]
        page = ids[: self.page_items]
        items = [json.dumps(self.models[i]).encode() for i in page]
        if not after:
            items += self.raw_items
        metadata = {"nextCursor": f"0|{page[-1]}"} if len(ids) > len(page) else {}
        body = b'{"items":[' + b",".join(items) + b'],"metadata":'
        return Reply(body=body + json.dumps(metadata).encode() + b"}")


class FakeHuggingFace(FakeHub):
    """A Hugging Face Hub: listing, model info, resolve."""

    def __init__(self, *, page_items: int = 2) -> None:
        super().__init__()
        folder = RECORDED / "huggingface"
        self.repos: dict[str, dict[str, Any]] = {
            repo["id"]: repo for repo in json.loads((folder / "repositories.json").read_text())
        }
        self.page_items = page_items
        self.moved: dict[str, str] = {}
        self.unlisted: set[str] = set()
        self.raw_items: list[bytes] = []
        self.next_origin = ""  # where the Link header points; empty: here

    def route(self, path: str, query: dict[str, list[str]]) -> Reply:
        """Answer as the Hub does."""
        if path == "/api/models":
            return self._listing(query)
        if found := re.fullmatch(r"/api/models/([^/]+(?:/[^/]+)?)", path):
            return self._info(found[1])
        if found := re.fullmatch(r"/([^/]+(?:/[^/]+)?)/resolve/([^/]+)/(.+)", path):
            return self._file(found[1], found[3])
        return json_reply({"error": "not found"}, 404, X_Error_Code="EntryNotFound")

    def _listing(self, query: dict[str, list[str]]) -> Reply:
        after = base64.urlsafe_b64decode(query["cursor"][0]).decode() if "cursor" in query else ""
        ids = [i for i in sorted(self.repos) if i > after and i not in self.unlisted]
        page = ids[: self.page_items]
        rows = [json.dumps(_item(self.repos[i])).encode() for i in page]
        rows += [] if after else self.raw_items
        headers = {}
        if len(ids) > len(page):
            cursor = base64.urlsafe_b64encode(page[-1].encode()).decode()
            rest = [(k, v) for k, vs in query.items() if k != "cursor" for v in vs]
            following = urlencode([*rest, ("cursor", cursor)])
            origin = self.next_origin or self.url
            headers["Link"] = f'<{origin}/api/models?{following}>; rel="next"'
        return Reply(body=b"[" + b",".join(rows) + b"]", headers=headers)

    def _info(self, repo_id: str) -> Reply:
        if repo_id in self.moved:
            return Reply(307, headers={"Location": f"/api/models/{self.moved[repo_id]}"})
        if refusal := self._refusal(repo_id):
            return refusal
        return json_reply(_info(self.repos[repo_id]))

    def _file(self, repo_id: str, path: str) -> Reply:
        if refusal := self._refusal(repo_id):
            return refusal
        repo = self.repos[repo_id]
        if repo.get("gated"):
            return json_reply({"error": "gated"}, 401, X_Error_Code="GatedRepo")
        text = repo["texts"].get(path)
        if text is None:
            return json_reply({"error": "none"}, 404, X_Error_Code="EntryNotFound")
        return Reply(body=text.encode())

    def _refusal(self, repo_id: str) -> Reply | None:
        if repo_id not in self.repos:
            return json_reply({"error": "none"}, 404, X_Error_Code="RepoNotFound")
        if self.repos[repo_id].get("disabled"):
            message = "Access to this resource is disabled."
            return json_reply({"error": message}, 403, X_Error_Message=message)
        return None


def _item(repo: dict[str, Any]) -> dict[str, Any]:
    item = {k: v for k, v in repo.items() if k not in {"texts", "weights"}}
    names = [*repo["texts"], *repo["weights"]]
    return {**item, "siblings": [{"rfilename": name} for name in names]}


def _info(repo: dict[str, Any]) -> dict[str, Any]:
    texts = [{"rfilename": n, "size": len(t)} for n, t in repo["texts"].items()]
    weights = [
        {"rfilename": name, "size": file["size"], "lfs": {**file, "pointerSize": 135}}
        for name, file in repo["weights"].items()
    ]
    return {**_item(repo), "siblings": texts + weights}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that hang up are what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: FakeHub

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        reply = self.hub.answer(self.path, {k.lower(): v for k, v in self.headers.items()})
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body) + reply.padding))
        self.end_headers()
        try:
            self._send(reply)
        except OSError:  # the client gave up: what the test is about
            self.close_connection = True

    def _send(self, reply: Reply) -> None:
        if reply.is_cut:
            self.wfile.write(reply.body[: len(reply.body) // 2])
            self.close_connection = True
        elif reply.seconds_per_byte:
            for byte in reply.body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(reply.seconds_per_byte)
        else:
            self._write(reply.body)
            for left in range(reply.padding, 0, -_CHUNK_BYTES):
                self._write(bytes(min(left, _CHUNK_BYTES)))

    def _write(self, data: bytes) -> None:
        self.hub.bytes_sent += len(data)  # before: the client may be done with it at once
        self.wfile.write(data)
