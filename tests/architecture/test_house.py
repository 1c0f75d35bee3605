"""The rules of the house that no linter knows."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from registry.config import broker
from registry.config.celery import app as celery_app

ROOT = Path(__file__).parents[2]
APPS = ("registry", "hub_sync", "scanners")
SOURCES = [
    path
    for app in APPS
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
]
PURE_PLACES = (
    *("registry/errors.py", "registry/snapshots.py", "registry/licensing", "registry/lineage"),
    *("registry/fingerprints", "registry/rights", "registry/inspection", "hub_sync/payloads"),
    *("scanners/states.py", "scanners/risk.py"),
)
FRAMEWORKS = ("django", "rest_framework", "celery", "httpx2", "huggingface_hub", "psycopg")
WITHOUT_PACKAGES = (
    *("registry.config", "registry.config.bootstrap", "registry.config.installers"),
    *("registry.config.keeper", "registry.config.postgres_keeper"),
)
WRITING_METHODS = {
    *("create", "bulk_create", "get_or_create", "update_or_create", "bulk_update", "save"),
    *("acreate", "asave", "adelete", "aupdate", "delete"),
}
WRITING_SQL = re.compile(r"\s*(INSERT INTO|UPDATE \w+ SET|DELETE FROM|TRUNCATE|COPY \w+ )", re.I)
TASK_NAME = re.compile(r"^(?:registry|hub_sync|scanners)\.tasks\.\w*[a-z0-9]$")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def pure_modules() -> list[str]:
    places = [ROOT / place for place in PURE_PLACES]
    files = [
        file for place in places for file in ([place] if place.suffix else place.rglob("*.py"))
    ]
    return sorted(
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for file in files
        if file.exists()
    )


def constants(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


class TestPureCore:
    def test_loads_no_framework(self) -> None:
        code = (
            "import importlib, sys\n"
            f"for name in {pure_modules()!r}:\n"
            "    importlib.import_module(name)\n"
            f"    loaded = [f for f in {FRAMEWORKS!r} if f in sys.modules]\n"
            "    if loaded: sys.exit(f'{name} loads {loaded}')\n"
        )

        ran = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True
        )

        assert (ran.returncode, ran.stderr) == (0, "")

    def test_is_more_than_a_few_modules(self) -> None:
        assert len(pure_modules()) > 10


class TestBootstrap:
    @pytest.mark.parametrize("module", WITHOUT_PACKAGES)
    def test_needs_no_installed_package(self, module: str) -> None:
        code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {module}"

        ran = subprocess.run(
            [sys.executable, "-I", "-S", "-c", code], check=False, capture_output=True, text=True
        )

        assert (ran.returncode, ran.stderr) == (0, "")


class TestSources:
    @pytest.mark.parametrize("path", SOURCES, ids=relative)
    def test_stay_small(self, path: Path) -> None:
        lines = path.read_text(encoding="utf-8").count("\n")

        assert lines <= 300

    @pytest.mark.parametrize(
        "path", [path for path in SOURCES if "services" not in path.parts], ids=relative
    )
    def test_write_rows_in_services_only(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        calls = [
            f"line {node.lineno}: .{node.func.attr}()"
            for node in ast.walk(ast.parse(text))
            if "models import" in text
            and isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and (
                node.func.attr in WRITING_METHODS
                or (node.func.attr == "update" and node.keywords and not node.args)
            )
        ]
        statements = [f"line {line}" for line, value in constants(path) if WRITING_SQL.match(value)]

        assert calls + statements == []

    @pytest.mark.parametrize("path", SOURCES, ids=relative)
    def test_use_neither_model_signals_nor_save_overrides(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")

        assert not re.search(r"django\.db\.models\.signals|django\.dispatch|def save\(self", text)

    @pytest.mark.parametrize("path", SOURCES, ids=relative)
    def test_are_named_after_what_they_hold(self, path: Path) -> None:
        assert not {"utils", "helpers", "common", "managers"} & set(path.with_suffix("").parts)


class TestTasks:
    @pytest.fixture(autouse=True)
    def _loaded(self) -> None:
        celery_app.loader.import_default_modules()

    def test_beat_schedules_registered_tasks_only(self) -> None:
        schedule = broker.schedule(mirrored=["civitai", "huggingface"], inspected=["civitai"])
        scheduled = {str(entry["task"]) for entry in schedule.values()}

        assert scheduled <= set(celery_app.tasks)

    def test_every_task_named_in_the_code_is_registered(self) -> None:
        named = {
            value for path in SOURCES for _, value in constants(path) if TASK_NAME.match(value)
        }

        assert named <= set(celery_app.tasks)


class TestSettings:
    def test_name_erasers_that_exist(self) -> None:
        assert all(callable(import_string(path)) for path in settings.KEIFU_ERASERS)

    def test_name_holders_of_evidence_that_exist(self) -> None:
        assert all(callable(import_string(path)) for path in settings.KEIFU_EVIDENCE)


class TestFiles:
    def test_name_no_folder_of_the_machine_they_were_made_on(self) -> None:
        places = (*APPS, "tests", "templates", ".ci")
        texts = [
            path
            for place in places
            for path in (ROOT / place).rglob("*")
            if path.suffix in {".py", ".toml", ".html", ".json", ".md", ".css", ".js", ".txt", ""}
            and path.is_file()
        ]
        own = re.compile(r"(?<![\w.])/(?:work|root)" + r"/\w")

        found = [
            relative(path)
            for path in [*texts, *ROOT.glob("*.md"), *ROOT.glob("*.toml"), *ROOT.glob("*.txt")]
            if own.search(path.read_text(encoding="utf-8", errors="replace"))
        ]

        assert found == []
