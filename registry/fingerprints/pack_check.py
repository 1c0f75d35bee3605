"""Write and check an evidence pack: an archive that holds a digest of everything in it.

``MANIFEST`` names every other member with its SHA-256, as ``sha256sum`` writes it. This file lies
in each pack as ``verify.py``. It needs nothing but Python 3::

    python3 verify.py FILE.zip      a pack
    python3 verify.py               the folder this file was unpacked to

It exits with 0 if everything is as it was written, else with 5. Whoever changes a member and
MANIFEST together makes another pack: note the digest of MANIFEST elsewhere to notice that.
Source: Keifu, registry/fingerprints/pack_check.py.
"""

import hashlib
import io
import lzma
import struct
import sys
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

MANIFEST = "MANIFEST"
PAYLOADS = "payloads/"  # members here are called by their own SHA-256
FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can tell: equal content, equal bytes
LARGEST_BYTES = 1 << 31
_HEX = set("0123456789abcdef")
_DIGEST = 64
# What zipfile raises at a broken archive, an encrypted one or a compression nobody knows.
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, RuntimeError),
    *(EOFError, LookupError, OSError, OverflowError, ValueError),
)
_BROKEN = 5  # exit code


class UnreadablePack(Exception):
    """A file is no archive that could be a pack."""


def manifest_of(members: Mapping[str, bytes]) -> bytes:
    """Return what MANIFEST says of ``members``, by name."""
    rows = [f"{sha256_of(members[name])}  {name}\n" for name in sorted(members)]
    return "".join(rows).encode()


def pack(members: Mapping[str, bytes]) -> bytes:
    """Return an archive of ``members`` with their MANIFEST; equal members give equal bytes."""
    whole = {**members, MANIFEST: manifest_of(members)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(whole):
            entry = zipfile.ZipInfo(name, date_time=FIRST_MOMENT)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, whole[name])
    return buffer.getvalue()


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of ``content`` in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def problems_of(members: Mapping[str, bytes]) -> list[str]:
    """Return what is not as MANIFEST says; nothing if all is well."""
    if MANIFEST not in members:
        return ["there is no MANIFEST"]
    stated, problems = _stated(members[MANIFEST])
    found = {name for name in members if name != MANIFEST}
    problems += [f"{name}: is missing" for name in sorted(stated.keys() - found)]
    problems += [f"{name}: is not in MANIFEST" for name in sorted(found - stated.keys())]
    for name in sorted(found & stated.keys()):
        digest = sha256_of(members[name])
        if digest != stated[name]:
            problems.append(f"{name}: is not what was written (its SHA-256 is {digest})")
        elif name.startswith(PAYLOADS) and Path(name).stem != digest:
            problems.append(f"{name}: is not the answer it is called after")
    return problems


def check_pack(content: bytes) -> list[str]:
    """Return what is wrong with a pack's bytes; nothing if they are as they were written.

    :raises UnreadablePack: if they are no archive
    """
    members = members_of(content)
    problems = problems_of(members)
    if not problems and pack({n: c for n, c in members.items() if n != MANIFEST}) != content:
        problems.append("the archive holds something beside its members")
    return problems


def members_of(content: bytes) -> dict[str, bytes]:
    """Return an archive's members by name.

    :raises UnreadablePack: if it cannot be read, or names a member twice
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > LARGEST_BYTES:
                raise UnreadablePack("its members are too large")
            members = {entry.filename: archive.read(entry) for entry in entries}
    except _UNREADABLE as error:
        raise UnreadablePack(str(error)) from error
    if len(members) != len(entries):
        raise UnreadablePack("it names a member twice")
    return members


def _stated(manifest: bytes) -> tuple[dict[str, str], list[str]]:
    stated: dict[str, str] = {}
    problems = []
    for row in manifest.decode("utf-8", "replace").splitlines():
        digest, gap, name = row[:_DIGEST], row[_DIGEST : _DIGEST + 2], row[_DIGEST + 2 :]
        if gap != "  " or not name or not set(digest) <= _HEX or name in stated:
            problems.append(f"MANIFEST: cannot be read: {row[:100]!r}")
            continue
        stated[name] = digest
    return stated, problems


def _unpacked(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def main(arguments: list[str]) -> int:
    """Check a pack, or the folder around this file; say what is wrong."""
    try:
        if arguments:
            content = Path(arguments[0]).read_bytes()
            problems, members = check_pack(content), members_of(content)
        else:
            members = _unpacked(Path(__file__).resolve().parent)
            problems = problems_of(members)
    except (OSError, UnreadablePack) as error:
        sys.stderr.write(f"This is no pack that can be read: {error}\n")
        return _BROKEN
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    if problems:
        return _BROKEN
    digest = sha256_of(members[MANIFEST])
    sys.stdout.write(f"{len(members) - 1} members are as written. MANIFEST {digest}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
