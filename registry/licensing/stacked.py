"""Join what may be done with each of several files that run together.

Pure Python: importing this module must never import Django. Source: README.md, rules L3 and L37.
"""

from collections.abc import Mapping, Sequence

from registry.licensing.findings import Ground, PermissionVerdict
from registry.licensing.interval import FORBIDDEN, join_all
from registry.licensing.routes import ACT_OF, Act
from registry.licensing.terms import Permission, Word

Rights = Mapping[Permission, PermissionVerdict]


def stack_rights(stack: Rights, files: Sequence[Rights]) -> Rights:
    """Return the answer for files that run together, out of the answer for each.

    Every file's answer binds running, hosting and outputs, with what conflicts inside it and with
    what nobody can tell because its listings disagree; the strictest holds (rule L3). Handing on is
    as ``stack`` says, the verdict on all of them as one: a question about each file.

    :param stack: ``verdict.assess_stack``'s answer over all files
    :param files: each file's own answer, over all its listings
    """
    return {
        permission: _joined([one[permission] for one in files], whole)
        if ACT_OF[permission] is Act.RUN
        else whole
        for permission, whole in stack.items()
    }


def _joined(files: Sequence[PermissionVerdict], whole: PermissionVerdict) -> PermissionVerdict:
    meant = [right for right in files if right.word is not Word.NOT_APPLICABLE]
    if not meant:
        return files[0] if files else whole
    interval = join_all(right.interval for right in meant)
    is_open = any(right.word is Word.UNCLEAR for right in meant)
    grounds = dict.fromkeys(ground for right in meant for ground in right.grounds)
    return PermissionVerdict(
        word=Word.UNCLEAR if is_open and interval != FORBIDDEN else interval.word,
        best=interval.best.word,
        worst=interval.worst.word,
        grounds=tuple(sorted(grounds, key=_binding_first)),
    )


def _binding_first(ground: Ground) -> tuple[object, ...]:
    """Order reasons so that no answer depends on the order of the files."""
    words = (ground.grade.value, ground.ancestor, ground.license, ground.clause, ground.source)
    return (ground.overruled, -ground.worst, -ground.best, *words)
