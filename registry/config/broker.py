"""Where Celery's messages go: a broker by URL, or by default folders under KEIFU_HOME.

PostgreSQL rows are the truth and a message is only a wake-up, so a lost one costs nothing.
"""

from pathlib import Path

_TICK_SECONDS = 3600.0
_RIGHTS_SECONDS = 300.0
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


def mirror_schedule(hubs: list[str]) -> dict[str, dict[str, object]]:
    """Return beat's entries: a tick an hour for each of ``hubs``; none by default.

    A tick does a slice of the walk, or nothing if the last walk is recent enough. Tasks are named,
    not imported; a test proves that each name is registered.
    """
    return {
        f"mirror {hub}": {"task": f"hub_sync.tasks.mirror_{hub}", "schedule": _TICK_SECONDS}
        for hub in hubs
    }


def rights_schedule() -> dict[str, dict[str, object]]:
    """Return beat's entry that computes all rights anew once anything has changed.

    A sync tells nobody that it is done: the tick looks whether the epoch is older than the tables.
    """
    task = {"task": "registry.tasks.recompute_rights", "schedule": _RIGHTS_SECONDS}
    return {"recompute rights": task}
