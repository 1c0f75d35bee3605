"""A second process that works beside this one, so that a second core does.

It is forked before this process starts threads, holds no connection of ours and touches no
database. It ends when this process does, however that ends: its only input is then closed.
"""

import gc
import logging
import os
import signal
import socket
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Lock
from typing import NoReturn

_LOG = logging.getLogger(__name__)
_COLLECT_EVERY = 50  # answers
_SIGNALS = (signal.SIGINT, signal.SIGTERM)  # held back until the new process has its own handlers
_FIRST_OWN_FILE = 3  # after standard input, output and error
_LENGTH = struct.Struct(">Q")  # before every message


class HelperGone(RuntimeError):
    """The second process has ended."""


class Helper:
    """Answers requests with what a function makes of them, one after the other."""

    def __init__(self, work: Callable[[bytearray], bytes]) -> None:
        """Start the process.

        :param work: must need nothing but what this process holds now
        """
        self._ours, theirs = socket.socketpair()
        self._turn = Lock()
        held_back = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            self.pid = os.fork()
            if not self.pid:
                _serve(theirs, work, held_back)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held_back)
        theirs.close()

    def ask(self, request: bytes) -> bytearray:
        """Return the answer; several threads may ask, they take turns.

        :raises HelperGone: if the process has ended
        """
        with self._turn:
            try:
                _send(self._ours, request)
                return _received(self._ours)
            except (EOFError, OSError) as error:
                raise HelperGone(str(error)) from error

    def close(self) -> None:
        """End the process and wait for it."""
        self._ours.close()
        with suppress(ChildProcessError):  # somebody else may have waited for it
            os.waitpid(self.pid, 0)


def _send(to: socket.socket, message: bytes) -> None:
    to.sendall(_LENGTH.pack(len(message)))
    to.sendall(message)


def _received(source: socket.socket) -> bytearray:
    """Return the next message.

    :raises EOFError: if there will be none
    """
    (length,) = _LENGTH.unpack(_exactly(source, _LENGTH.size))
    return _exactly(source, length)


def _exactly(source: socket.socket, length: int) -> bytearray:
    found = bytearray(length)
    left = memoryview(found)
    while left:
        read = source.recv_into(left)
        if not read:
            raise EOFError("the other process has ended")
        left = left[read:]
    return found


def _serve(
    requests: socket.socket, work: Callable[[bytearray], bytes], held_back: Iterable[int]
) -> NoReturn:
    """Answer until nobody asks any more; never return.

    An interrupt from the terminal is the other process's to handle. What was inherited is closed
    rather than used, and left to the other process's collector.
    """
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, held_back)
        os.closerange(_FIRST_OWN_FILE, requests.fileno())
        os.closerange(requests.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
        gc.freeze()
        gc.disable()
        _answer_all(requests, work)
    except (EOFError, OSError):
        pass  # nobody asks any more
    except Exception:  # noqa: BLE001 - nothing must be raised in a copy of the other process
        _LOG.exception("the second process failed")
    finally:
        os._exit(0)


def _answer_all(requests: socket.socket, work: Callable[[bytearray], bytes]) -> None:
    while True:
        for _ in range(_COLLECT_EVERY):
            _send(requests, work(_received(requests)))
        gc.collect()
