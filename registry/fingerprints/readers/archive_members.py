"""What every archive's list of members is checked for; nothing is ever extracted.

Pure Python: importing this module must never import Django.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from registry.fingerprints.model_file import FileFinding
from registry.fingerprints.readers.findings import name_findings, named

_BOMB_RATIO = 100  # weights shrink to a half at best; deflate's own limit is 1032
_BOMB_BYTES = 64 << 20
_DRIVE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An entry of an archive: sizes in bytes as declared; ``start``: where its record begins."""

    name: str
    size: int = 0
    packed: int = 0
    start: int = 0
    is_link: bool = False
    is_encrypted: bool = False


def leaves_folder(name: str) -> bool:
    """Tell whether a name would leave the folder it is unpacked into."""
    return ".." in name.replace("\\", "/").split("/")


def is_absolute(name: str) -> bool:
    """Tell whether a name begins at a root or a drive."""
    return name.startswith(("/", "\\")) or name[1:_DRIVE] == ":"


def is_bomb(member: Member) -> bool:
    """Tell whether a member says that it grows more than weights can."""
    return member.size > _BOMB_BYTES and member.size > _BOMB_RATIO * max(member.packed, 1)


_RULES: Mapping[str, tuple[Callable[[Member], bool], str]] = {
    "path_traversal": (lambda member: leaves_folder(member.name), "lead out of its folder"),
    "absolute_path": (lambda member: is_absolute(member.name), "are absolute paths"),
    "symlink_member": (lambda member: member.is_link, "are links"),
    "encrypted_member": (lambda member: member.is_encrypted, "are encrypted"),
    "archive_bomb": (is_bomb, "say that they unpack to more than a hundred times their size"),
}


def member_findings(members: Sequence[Member]) -> Iterator[FileFinding]:
    """Yield what is unsafe about the members.

    Codes: ``path_traversal``, ``absolute_path``, ``symlink_member``, ``encrypted_member``,
    ``archive_bomb``, ``duplicate_member``, and those of names.
    """
    for code, (rule, what) in _RULES.items():
        found = [member.name for member in members if rule(member)]
        if found:
            yield FileFinding(code, f"Members of the archive {what}: {named(found)}.")
    counted = Counter(member.name for member in members)
    twice = [name for name, count in counted.items() if count > 1]
    if twice:
        yield FileFinding(
            "duplicate_member", f"Members of the archive stand more than once: {named(twice)}."
        )
    yield from name_findings((member.name for member in members), what="A member's name")
