from registry.config import broker


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

    def test_leaves_reading_to_a_queue_that_the_worker_consumes(self) -> None:
        queues = {str(route["queue"]) for route in broker.ROUTES.values()}

        assert queues <= set(broker.QUEUES.split(","))
