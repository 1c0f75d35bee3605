"""Where Celery's messages go: a broker by URL, or by default folders under KEIFU_HOME.

PostgreSQL rows are the truth and a message is only a wake-up, so a lost one costs nothing.
"""

from pathlib import Path

_TICK_SECONDS = 3600.0
_LOOK_SECONDS = 300.0  # between two looks at what is still to be read or computed
DEFAULT_QUEUE, CPU_QUEUE = "celery", "cpu"
# What a worker consumes that is not told otherwise, that of `up` and one run alone.
QUEUES = {name: {"exchange": name, "routing_key": name} for name in (DEFAULT_QUEUE, CPU_QUEUE)}
ROUTES = {"hub_sync.tasks.inspect_headers": {"queue": CPU_QUEUE}}
FOLDERS = "filesystem://localhost"  # kombu warns where no host is named


def folders(home: Path) -> dict[str, object]:
    """Return kombu's options for its filesystem transport."""
    queue = str(home / "broker" / "queue")
    return {
        "data_folder_in": queue,
        "data_folder_out": queue,
        "control_folder": str(home / "broker" / "control"),
        "store_processed": False,
        "polling_interval": 0.25,  # seconds; kombu's default is 1
    }


def make_folders(options: dict[str, object]) -> None:
    """Make the folders; kombu expects to find them."""
    for name in ("data_folder_in", "data_folder_out", "control_folder"):
        Path(str(options[name])).mkdir(mode=0o700, parents=True, exist_ok=True)


def schedule(*, mirrored: list[str], inspected: list[str]) -> dict[str, dict[str, object]]:
    """Return beat's entries; by default the look that computes all rights anew.

    A tick an hour for each mirrored hub does a slice of the walk, or nothing if the last walk is
    recent enough. A look every five minutes asks which files nobody has read yet, another whether
    the tables have gone on since rights were computed: a sync wakes both tasks when it is done, and
    the looks find what was lost or changed otherwise. Tasks are named, not imported; a test proves
    that each name is registered.
    """
    entries: dict[str, dict[str, object]] = {
        "recompute rights": {
            "task": "registry.tasks.recompute_rights",
            "schedule": _LOOK_SECONDS,
        }
    }
    for hub in mirrored:
        task = f"hub_sync.tasks.mirror_{hub}"
        entries[f"mirror {hub}"] = {"task": task, "schedule": _TICK_SECONDS}
    if inspected:
        entries["queue inspections"] = {
            "task": "hub_sync.tasks.queue_inspections",
            "schedule": _LOOK_SECONDS,
        }
    return entries
