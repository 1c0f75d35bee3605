"""Read tar archives: torch's very first format; members are listed, never extracted.

Pure Python: importing this module must never import Django.

Source: POSIX ustar; ``torch/serialization.py`` (``legacy_load``): members ``storages``,
``tensors`` and ``pickle``, each of which begins with a pickle.
"""

import re

from registry.fingerprints.model_file import FileFacts, FileFinding, FileFormat, UnreadableModelFile
from registry.fingerprints.readers.archive_members import Member, member_findings
from registry.fingerprints.readers.limits import MOST_METADATA_KEYS
from registry.fingerprints.readers.pickles import pickle_facts
from registry.fingerprints.readers.window import HeaderTooLarge, Window

_BLOCK = 512
_MAGIC_AT = 257
_OCTAL = re.compile(rb"[0-7]+")
_TORCH_PICKLES = ("storages", "tensors", "pickle")
_MOST_LISTED = MOST_METADATA_KEYS


def looks_like_tar(head: bytes) -> bool:
    """Tell whether the first block is a header of ustar."""
    return head[_MAGIC_AT : _MAGIC_AT + 5] == b"ustar"


def read_tar(window: Window) -> FileFacts:
    """Return the members; the pickles of torch's first format are walked.

    :raises UnreadableModelFile: ``tar_broken``
    """
    members, findings = _members(window)
    findings += member_findings(members)
    names = {member.name for member in members}
    is_torch = names.issuperset(_TORCH_PICKLES)
    if is_torch:
        for member in members:
            if member.name in _TORCH_PICKLES:
                start = member.start + _BLOCK
                walked = pickle_facts(window, start=start, end=start + member.size)
                findings += [
                    finding for finding in walked.findings if finding.code != "bytes_after_stop"
                ]
    else:
        findings.append(FileFinding("looks_like", "The first bytes are those of a tar archive."))
    return FileFacts(
        format=FileFormat.PICKLE if is_torch else FileFormat.UNKNOWN,
        size_bytes=window.size,
        header_bytes=min(len(window.head) + window.fetched_bytes, window.size or 0),
        members=tuple(member.name for member in members),
        findings=tuple(dict.fromkeys(findings)),
    )


def _members(window: Window) -> tuple[list[Member], list[FileFinding]]:
    members: list[Member] = []
    at = 0
    try:
        while len(members) < _MOST_LISTED:
            block = window.at_most(at, _BLOCK)
            if len(block) < _BLOCK or block == bytes(_BLOCK):
                return members, []
            members.append(_member(block, at))
            at += _BLOCK + -(-members[-1].size // _BLOCK) * _BLOCK
    except HeaderTooLarge:
        pass
    return members, [FileFinding("members_not_listed", "Not every member was listed.")]


def _member(block: bytes, at: int) -> Member:
    checksum = _octal(block[148:156])
    if checksum != sum(block[:148]) + 8 * ord(" ") + sum(block[156:]):
        raise UnreadableModelFile("tar_broken", "A header of the tar archive has a wrong checksum.")
    name, prefix = block[:100].split(b"\0")[0], block[345:500].split(b"\0")[0]
    size = _octal(block[124:136])
    return Member(
        name=b"/".join(part for part in (prefix, name) if part).decode("utf-8", "backslashreplace"),
        size=size,
        packed=size,
        start=at,
        is_link=block[156:157] in {b"1", b"2"},
    )


def _octal(field: bytes) -> int:
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    digits = field.split(b"\0")[0].strip() or b"0"
    if not _OCTAL.fullmatch(digits):
        raise UnreadableModelFile("tar_broken", "A number in the tar archive is none.")
    return int(digits, 8)
