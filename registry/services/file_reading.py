"""Read a file that a stranger handed in, in a process of its own that can do little else."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryFile
from typing import IO, Final

import msgspec

from registry.errors import Unavailable
from registry.fingerprints.model_file import MOST_HEADER_BYTES, FileFacts, UnreadableModelFile
from registry.fingerprints.readers.sources import LocalFile
from registry.services.file_reading_child import (
    ANSWER_TOO_LARGE,
    OUT_OF_MEMORY,
    ReadingAnswer,
    ReadingRequest,
)

_ROOT: Final = Path(__file__).resolve().parents[2]
_CODE: Final = (
    f"import sys; sys.path.insert(0, {str(_ROOT)!r}); "
    "from registry.services.file_reading_child import main; main()"
)
_ENVIRONMENT: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # where Python's own libraries are
_LONGEST_SUFFIX = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingLimits:
    """What reading one file may cost: sizes in bytes, times in seconds."""

    memory_bytes: int = 512 << 20
    cpu_seconds: int = 30
    wall_seconds: float = 60.0
    answer_bytes: int = 64 << 20


DEFAULT_LIMITS: Final = ReadingLimits()


def read_in_subprocess(
    content: str | os.PathLike[str] | bytes,
    *,
    filename: str = "",
    is_whole: bool = True,
    limits: ReadingLimits = DEFAULT_LIMITS,
    most_header_bytes: int = MOST_HEADER_BYTES,
) -> FileFacts:
    """Return what a file says of itself, read where it can harm nothing.

    ``content`` is a path, which may be no link, or the bytes; of a file that is not there whole,
    its first bytes (``is_whole``). The process can open no file and no
    socket, starts no process and ends by itself at its limits. Only the ending of ``filename`` is
    handed to it.

    :raises UnreadableModelFile: as ``read_file_facts``; ``reader_timed_out``,
        ``reader_out_of_memory``, ``reader_answer_too_large`` at a limit; ``reader_died``
        otherwise; ``reader_failed`` if the file could not be read to its end
    :raises Unavailable: if no process can be started
    """
    request = ReadingRequest(
        is_whole=is_whole,
        suffix=PurePath(filename.replace("\\", "/")).suffix[:_LONGEST_SUFFIX],
        most_header_bytes=most_header_bytes,
        memory_bytes=limits.memory_bytes,
        cpu_seconds=limits.cpu_seconds,
        answer_bytes=limits.answer_bytes,
    )
    with _descriptor(content) as given, TemporaryFile() as output:
        _check(_run(request, given, output, wall_seconds=limits.wall_seconds))
        output.seek(0)
        answer = _answer(output.read())
    if answer.facts is None:
        raise UnreadableModelFile(answer.code, answer.message)
    return answer.facts


@contextmanager
def _descriptor(content: str | os.PathLike[str] | bytes) -> Iterator[int]:
    if not isinstance(content, bytes):
        with LocalFile(content, follow_links=False) as file:
            yield file.descriptor
        return
    with TemporaryFile() as file:
        file.write(content)
        file.flush()
        yield file.fileno()


def _run(request: ReadingRequest, given: int, output: IO[bytes], *, wall_seconds: float) -> int:
    command = [sys.executable, "-I", "-c", _CODE, msgspec.json.encode(request).decode()]
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    try:
        process = subprocess.Popen(  # noqa: S603 - our own code, by this interpreter
            command,
            stdin=given,
            stdout=output,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
        )
    except OSError as error:
        raise Unavailable(f"No process can be started to read it: {error.strerror}.") from error
    try:
        return process.wait(timeout=wall_seconds)
    except subprocess.TimeoutExpired as error:
        raise _timed_out() from error
    finally:
        process.kill()
        process.wait()


def _check(code: int) -> None:
    if code == OUT_OF_MEMORY:
        raise UnreadableModelFile("reader_out_of_memory", "Reading it takes too much memory.")
    if code == ANSWER_TOO_LARGE:
        raise UnreadableModelFile("reader_answer_too_large", "It says too much of itself.")
    if code in {-signal.SIGXCPU, -signal.SIGKILL}:
        raise _timed_out()
    if code != 0:
        raise _died()


def _answer(raw: bytes) -> ReadingAnswer:
    try:
        return msgspec.json.decode(raw, type=ReadingAnswer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _died() from error


def _timed_out() -> UnreadableModelFile:
    return UnreadableModelFile("reader_timed_out", "Reading it takes too long.")


def _died() -> UnreadableModelFile:
    return UnreadableModelFile("reader_died", "The process that read it ended without an answer.")
