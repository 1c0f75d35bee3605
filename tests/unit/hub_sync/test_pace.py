import threading

import pytest

from hub_sync.services.pace import Pace


class TestPace:
    def test_gives_every_request_a_slot_of_its_own_whoever_asks(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waits: list[float] = []
        monkeypatch.setattr("hub_sync.services.pace.time.sleep", waits.append)
        monkeypatch.setattr("hub_sync.services.pace.time.monotonic", lambda: 100.0)
        turn = Pace(4)

        threads = [threading.Thread(target=turn) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(waits) == [0.0, 0.25, 0.5, 0.75, 1.0]

    def test_lets_pass_at_once_who_comes_late(self, monkeypatch: pytest.MonkeyPatch) -> None:
        waits: list[float] = []
        moments = iter([100.0, 200.0])
        monkeypatch.setattr("hub_sync.services.pace.time.sleep", waits.append)
        monkeypatch.setattr("hub_sync.services.pace.time.monotonic", lambda: next(moments))
        turn = Pace(1)

        turn()
        turn()

        assert waits == [0.0, 0.0]
