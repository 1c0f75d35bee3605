import threading

import pytest

from registry.fingerprints.fan_out import RING, fan_out


class Numbers:
    """Gives chunks of one byte each: 0, 1, 2, ..."""

    def __init__(self, count: int) -> None:
        self.given = 0
        self._count = count

    def fill(self, buffer: memoryview) -> int:
        if self.given == self._count:
            return 0
        buffer[0] = self.given
        self.given += 1
        return 1


class TestFanOut:
    def test_gives_everything_to_everybody_in_order(self) -> None:
        seen: list[list[int]] = [[], [], []]

        fan_out(
            Numbers(100).fill,
            [mine.extend for mine in seen],
            handed_over=lambda count: None,
        )

        assert seen == [list(range(100))] * 3

    def test_reads_no_further_ahead_of_the_slowest_than_the_ring_is_long(self) -> None:
        numbers, is_full = Numbers(100), threading.Event()
        ahead: list[int] = []

        def watch(count: int) -> None:
            if numbers.given == RING:
                is_full.set()

        def wait(chunk: memoryview) -> None:
            is_full.wait(10)
            ahead.append(numbers.given - chunk[0])

        fan_out(numbers.fill, [wait, lambda chunk: None], handed_over=watch)

        assert len(ahead) == 100
        assert max(ahead) <= RING

    @pytest.mark.parametrize("place", [0, 1])
    def test_raises_what_a_consumer_raises_and_reads_no_further(self, place: int) -> None:
        numbers = Numbers(200)

        def fail(chunk: memoryview) -> None:
            raise ValueError("no")

        consumers = [lambda chunk: None, lambda chunk: None]
        consumers[place] = fail
        with pytest.raises(ValueError, match="no"):
            fan_out(numbers.fill, consumers, handed_over=lambda count: None)

        assert numbers.given < 200

    def test_ends_its_threads_when_reading_fails(self) -> None:
        before = threading.active_count()

        def fail(buffer: memoryview) -> int:
            raise OSError("no")

        with pytest.raises(OSError, match="no"):
            fan_out(fail, [lambda chunk: None], handed_over=lambda count: None)

        assert threading.active_count() == before
