import pytest
from kombu import Connection
from kombu.exceptions import OperationalError

from registry.config import broker
from registry.config.celery import app


class TestSchedule:
    def test_only_computes_rights_anew_by_default(self) -> None:
        entries = broker.schedule(mirrored=[], inspected=[])

        tasks = [entry["task"] for entry in entries.values()]
        assert tasks == ["registry.tasks.recompute_rights"]

    def test_looks_for_files_to_read_where_hubs_are_inspected(self) -> None:
        entries = broker.schedule(mirrored=["civitai"], inspected=["civitai"])

        assert {entry["task"] for entry in entries.values()} == {
            "hub_sync.tasks.mirror_civitai",
            "hub_sync.tasks.queue_inspections",
            "registry.tasks.recompute_rights",
        }


class TestBrokers:
    @pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "amqp://127.0.0.1:1//"])
    def test_have_their_client_installed(self, url: str) -> None:
        with Connection(url) as connection, pytest.raises(OperationalError):
            connection.ensure_connection(max_retries=1, interval_start=0)


class TestQueues:
    def test_are_what_a_worker_consumes_that_is_not_told_otherwise(self) -> None:
        consumed = app.amqp.queues.consume_from

        routes = {str(route["queue"]) for route in broker.ROUTES.values()}
        assert {broker.DEFAULT_QUEUE, *routes} <= set(consumed)

    def test_each_take_their_own_messages(self) -> None:
        for name, queue in app.amqp.queues.consume_from.items():
            assert (queue.exchange.name, queue.routing_key) == (name, name)
