"""A storage host on loopback: files of any size by range, redirects, and servers without ranges."""

import json
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from tests.fakes.hubs import FakeHub, Reply, json_reply


def safetensors(
    metadata: dict[str, str] | None = None,
    *,
    tensors: dict[str, tuple[str, list[int], bytes]] | None = None,
    header_bytes: int = 0,
) -> bytes:
    """Write a safetensors file as its specification says.

    :param tensors: by name: dtype, shape, bytes; written in this order
    :param header_bytes: pad the header with spaces to this length, if it is shorter
    """
    header: dict[str, object] = {"__metadata__": metadata} if metadata else {}
    data = b""
    given = {"weight": ("F32", [2, 2], bytes(16))} if tensors is None else tensors
    for name, (dtype, shape, raw) in given.items():
        offsets = [len(data), len(data) + len(raw)]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
        data += raw
    text = json.dumps(header).encode()
    text = text.ljust(max(header_bytes, -(-len(text) // 8) * 8))
    return len(text).to_bytes(8, "little") + text + data


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
