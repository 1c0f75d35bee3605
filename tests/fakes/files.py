"""A storage host on loopback: files of any size by range, redirects, and servers without ranges."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.factories.safetensors_files import Tensor, safetensors_file
from tests.fakes.hubs import FakeCivitai, FakeHub, Reply, json_reply


def safetensors(metadata: dict[str, str] | None = None) -> bytes:
    """A safetensors file of one small tensor."""
    return safetensors_file({"weight": Tensor("F32", (2, 2), bytes(16))}, metadata=metadata or {})


def large_safetensors(*, size_bytes: int, header_bytes: int = 0) -> "StoredFile":
    """A checkpoint of one large tensor of zeros, most of it never in memory."""
    for shift in range(4):
        count = size_bytes - 8 - header_bytes - shift
        header = json.dumps(
            {"weight": {"dtype": "U8", "shape": [count], "data_offsets": [0, count]}}
        ).encode()
        header = header.ljust(header_bytes)
        if 8 + len(header) + count == size_bytes:
            break
    else:  # without a padded header, let the file be as long as it comes out
        size_bytes = 8 + len(header) + count
    return StoredFile(len(header).to_bytes(8, "little") + header, size_bytes)


@dataclass
class StoredFile:
    """Bytes, and zeros behind them up to ``size_bytes``."""

    head: bytes
    size_bytes: int = 0

    def __post_init__(self) -> None:
        self.size_bytes = max(self.size_bytes, len(self.head))


class FakeStorage(FakeHub):
    """Serves files under paths."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, StoredFile] = {}
        self.redirects: dict[str, str] = {}
        self.ignores_range = False
        self.headers: dict[str, str] = {}

    def put(self, path: str, content: bytes | StoredFile) -> str:
        """Store a file; return its URL."""
        self.files[path] = content if isinstance(content, StoredFile) else StoredFile(content)
        return f"{self.url}{path}"

    def answer(self, path: str, headers: dict[str, str]) -> Reply:
        """Return a part of a file, the whole of it, or a redirect."""
        self.requests.append((path, headers))
        if self.planned:
            return self.planned.popleft()
        name = unquote(urlsplit(path).path)
        if name in self.redirects:
            return Reply(302, headers={"Location": self.redirects[name], **self.headers})
        if name not in self.files:
            return json_reply({"error": "File not found"}, 404)
        return self._part(self.files[name], headers.get("range", ""))

    def _part(self, file: StoredFile, wanted: str) -> Reply:
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", wanted)
        if found is None or self.ignores_range:
            padding = file.size_bytes - len(file.head)
            return Reply(body=file.head, padding=padding, headers=dict(self.headers))
        start, end = int(found[1]), min(int(found[2]) + 1, file.size_bytes)
        if start >= file.size_bytes:
            return Reply(416, headers={"Content-Range": f"bytes */{file.size_bytes}"})
        body = file.head[start:end]
        return Reply(
            206,
            body,
            {"Content-Range": f"bytes {start}-{end - 1}/{file.size_bytes}", **self.headers},
            padding=end - start - len(body),
        )


class CivitaiWithFiles(FakeStorage):
    """Civitai's API on pages of our own, and the files they list."""

    def __init__(self) -> None:
        super().__init__()
        self.pages = FakeCivitai(models=[])

    def publish(self, number: int, name: str, content: bytes, **fields: Any) -> None:
        """Put a page with one version and one file on the hub."""
        digest = hashlib.sha256(content).hexdigest().upper()
        file = {
            "id": number * 100,
            "name": f"{name}.safetensors",
            "sizeKB": len(content) / 1024,
            "type": "Model",
            "metadata": {"format": "SafeTensor"},
            "hashes": {"SHA256": digest},
            "primary": True,
            "downloadUrl": f"https://civitai.com/api/download/models/{number * 10}",
        }
        version = {"id": number * 10, "name": "v1", "baseModel": "SD 1.5", "files": [file]}
        self.pages.models[number] = {
            "id": number,
            "name": name,
            "type": "Checkpoint",
            "modelVersions": [{**version, "images": []}],
            **fields,
        }
        self.put(f"/api/download/models/{number * 10}", content)

    def answer(self, path: str, headers: dict[str, str]) -> Reply:
        """Answer as Civitai does, or send a part of a file."""
        url = urlsplit(path)
        if not url.path.startswith("/api/v1/"):
            return super().answer(path, headers)
        self.requests.append((path, headers))
        return self.pages.route(unquote(url.path), parse_qs(url.query))
