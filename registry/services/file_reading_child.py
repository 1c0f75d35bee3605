"""The process that reads one hostile file and answers with what it says; it never sees Django.

It is started by ``file_reading`` with the file as standard input and the answer as standard output.
Before it reads the first byte it gives up what it does not need: more memory, time, files (so no
sockets either), processes and, where the system lets it, the network and root.
"""

import codecs
import contextlib
import ctypes
import os
import resource
import sys
from typing import Final

import msgspec

from registry.errors import DomainError
from registry.fingerprints.beginnings import Beginning
from registry.fingerprints.model_file import FileFacts, UnreadableModelFile
from registry.fingerprints.readers.front_door import read_file_facts
from registry.fingerprints.readers.sources import LocalFile

OUT_OF_MEMORY: Final = 70
ANSWER_TOO_LARGE: Final = 71
_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000  # sched.h: CLONE_NEWNET, CLONE_NEWUSER
_NOBODY = 65534
_CODECS = ("cp437", "latin-1", "utf-8", "utf-16-le")  # Python loads them from files when first used


class ReadingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to read, and within which limits; sizes in bytes, times in seconds."""

    suffix: str
    is_whole: bool  # false: only the file's first bytes are there
    most_header_bytes: int
    memory_bytes: int
    cpu_seconds: int
    answer_bytes: int


class ReadingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was read, or why nothing could be."""

    facts: FileFacts | None = None
    code: str = ""
    message: str = ""


def main() -> None:
    """Read standard input as the first argument asks, and answer on standard output."""
    request = msgspec.json.decode(sys.argv[1], type=ReadingRequest)
    for name in _CODECS:
        codecs.lookup(name)
    _confine(request)
    try:
        answer = msgspec.json.encode(_read(request))
        while answer:
            answer = answer[os.write(1, answer) :]
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except OSError:
        os._exit(ANSWER_TOO_LARGE)
    os._exit(0)


def _read(request: ReadingRequest) -> ReadingAnswer:
    try:
        with LocalFile.of_descriptor(0) as file:
            facts = read_file_facts(
                file if request.is_whole else Beginning(file.read(0, file.size_bytes)),
                filename=f"file{request.suffix}",
                most_header_bytes=request.most_header_bytes,
            )
    except UnreadableModelFile as error:
        return ReadingAnswer(code=error.code, message=str(error))
    except DomainError as error:
        return ReadingAnswer(code="reader_failed", message=str(error))
    return ReadingAnswer(facts=facts)


def _confine(request: ReadingRequest) -> None:
    system = ctypes.CDLL(None)
    with contextlib.suppress(AttributeError):  # Linux only; without files there are no sockets
        if system.unshare(_NEW_NETWORK) != 0:
            system.unshare(_NEW_USER | _NEW_NETWORK)
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):
            os.setgroups([])
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)
    for limit, value in (
        (resource.RLIMIT_AS, request.memory_bytes),
        (resource.RLIMIT_CPU, request.cpu_seconds),
        (resource.RLIMIT_FSIZE, request.answer_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(limit, (value, value))
