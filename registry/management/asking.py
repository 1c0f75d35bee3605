"""Ask about what a command was given: a file's path, or anything else that can be named."""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from tqdm import tqdm

from registry.fingerprints.digests import FileDigests, UnreadableFile, digest_file
from registry.lineage.addresses import is_local_path, names_a_model
from registry.selectors.answer_shape import Answer, StackAnswer
from registry.selectors.answers import answer, answer_for_file
from registry.selectors.stack_answers import stack_answer
from registry.selectors.subjects import FORMS, Subject, subject_of, subject_of_file
from registry.selectors.told import Asked


def ask(what: str, *, asked: Asked) -> Answer:
    """Return the answer about a file on disk, or about anything else that can be named.

    :raises UnreadableFile: if ``what`` looks like a path and there is no such file
    """
    use, as_of, profile = asked.use, asked.as_of, asked.profile
    path = Path(what)
    if _is(what, Path.is_file):
        digests = _digests(path)
        return answer_for_file(
            name=path.name, digests=digests, use=use, as_of=as_of, profile=profile
        )
    _check_no_path(what)
    return answer(what=what, use=use, as_of=as_of, profile=profile)


def ask_together(whats: Sequence[str], *, asked: Asked) -> StackAnswer:
    """Return the answer about files that are used together.

    :raises UnreadableFile: if one looks like a path and there is no such file
    """
    return stack_answer(files=whats, asked=asked, find=subject)


def subject(what: str, *, as_of: datetime | None = None) -> tuple[str, Subject]:
    """Return what a file on disk, or anything else that can be named, is called and is.

    :raises UnreadableFile: if ``what`` looks like a path and there is no such file
    """
    path = Path(what)
    if _is(what, Path.is_file):
        return path.name, subject_of_file(_digests(path), as_of=as_of)
    _check_no_path(what)
    return what, subject_of(what, as_of=as_of)


def _check_no_path(what: str) -> None:
    if "://" in what or not is_local_path(what) or names_a_model(what):
        return
    if _is(what, Path.is_dir):
        raise UnreadableFile(f"{what!r} is a folder. Ask about one file in it.")
    raise UnreadableFile(f"There is no file at {what!r}. Ask about a file's path, {FORMS}.")


def _is(path: str, kind: Callable[[Path], bool]) -> bool:
    try:
        return kind(Path(path))
    except (OSError, ValueError):  # too long a name, NUL: no path
        return False


def _digests(path: Path) -> FileDigests:
    size_bytes = path.stat().st_size
    hide = not sys.stderr.isatty()
    with tqdm(
        total=size_bytes, unit="B", unit_scale=True, desc=path.name, disable=hide, leave=False
    ) as bar:
        return digest_file(path, progress=lambda done, _size: bar.update(done - bar.n))
