"""Read something once and let several threads work on it at the same time.

hashlib, blake3, isal and numpy let go of Python's lock on large buffers, so threads do use every
core. A ring of a few buffers keeps memory flat: nobody runs ahead of the slowest by more.
Pure Python: importing this module must never import Django.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Lock, Thread

CHUNK_BYTES = 1 << 20
RING = 8  # buffers

Fill = Callable[[memoryview], int]  # puts bytes at the beginning, returns how many; 0 at the end
Consumer = Callable[[memoryview], object]  # keeps nothing of what it is given


def fan_out(
    fill: Fill, consumers: Sequence[Consumer], *, handed_over: Callable[[int], object]
) -> None:
    """Hand everything that ``fill`` reads, chunk by chunk and in order, to each of ``consumers``.

    Each has a thread of its own. ``fill`` and ``handed_over`` run in the caller's thread; the
    latter is told the bytes of each chunk as soon as they are handed over. Whatever they or a
    consumer raises ends the work and is raised here.
    """
    free: SimpleQueue[memoryview] = SimpleQueue()
    for _ in range(RING):
        free.put(memoryview(bytearray(CHUNK_BYTES)))
    workers = [_Worker(consumer) for consumer in consumers]
    with _running(workers):
        buffer = free.get()
        while not any(worker.error for worker in workers) and (count := fill(buffer)):
            chunk = _Chunk(buffer, count, readers=len(workers), free=free)
            for worker in workers:
                worker.chunks.put(chunk)
            handed_over(count)
            buffer = free.get()
    for worker in workers:
        if worker.error is not None:
            raise worker.error


class _Chunk:
    """Bytes that several threads read; the last to leave puts the buffer back."""

    def __init__(
        self, buffer: memoryview, count: int, *, readers: int, free: "SimpleQueue[memoryview]"
    ) -> None:
        self.data = buffer[:count]
        self._buffer = buffer
        self._readers = readers
        self._free = free
        self._lock = Lock()

    def leave(self) -> None:
        with self._lock:
            self._readers -= 1
            is_last = self._readers == 0
        if is_last:
            self._free.put(self._buffer)


class _Worker:
    """One consumer and what it has still to read; nothing there ends it."""

    def __init__(self, consumer: Consumer) -> None:
        self.chunks: SimpleQueue[_Chunk | None] = SimpleQueue()
        self.error: BaseException | None = None
        self._consumer = consumer

    def run(self) -> None:
        """Consume; after an error only give the buffers back, so that nobody waits for them."""
        while (chunk := self.chunks.get()) is not None:
            if self.error is None:
                self._consume(chunk.data)
            chunk.leave()

    def _consume(self, data: memoryview) -> None:
        try:
            self._consumer(data)
        except BaseException as error:  # noqa: BLE001 - raised again by fan_out
            self.error = error


@contextmanager
def _running(workers: Sequence[_Worker]) -> Iterator[None]:
    """Run a thread for each worker; wait for all of them in the end, whatever happens."""
    threads = [Thread(target=worker.run, daemon=True) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.chunks.put(None)
        for thread in threads:
            thread.join()
