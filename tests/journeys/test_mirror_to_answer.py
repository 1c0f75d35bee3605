"""From a hub's listing to the answer that a stranger gets for a file's digest."""

import hashlib
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from tests.fakes.hubs import FakeCivitai, FakeHuggingFace

pytestmark = pytest.mark.django_db


def ask(what: str) -> dict[str, Any]:
    out = StringIO()
    call_command("check_rights", what, "--json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


class TestMirrorToAnswer:
    def test_answers_for_a_merge_with_its_parents(self) -> None:
        hub = FakeCivitai()
        with hub.running():
            call_command("mirror", "civitai", "--base-url", hub.url, stdout=StringIO())

        answer = ask(hashlib.sha256(b"file 3003").hexdigest())

        [listing] = answer["listings"]
        assert (listing["hub"], listing["model_id"], listing["version_id"]) == (
            "civitai",
            "1002",
            "2003",
        )
        assert answer["exact"]
        assert listing["rights"]["share_derivatives"]["word"] in {"unclear", "forbidden"}
        parents = {edge["parent"] for edge in listing["lineage"]}
        assert any("1001" in parent for parent in parents)
        assert any("1006" in str(edge) for edge in listing["open_edges"])

    def test_shows_the_same_bytes_on_both_hubs(self) -> None:
        civitai, huggingface = FakeCivitai(), FakeHuggingFace()
        digest = hashlib.sha256(b"file 3001").hexdigest()
        huggingface.repos["waders/heron"]["weights"]["model.safetensors"]["sha256"] = digest
        with civitai.running(), huggingface.running():
            call_command("mirror", "civitai", "--base-url", civitai.url, stdout=StringIO())
            call_command("mirror", "huggingface", "--base-url", huggingface.url, stdout=StringIO())

        answer = ask(digest)

        assert {listing["hub"] for listing in answer["listings"]} == {"civitai", "huggingface"}
