"""What an operator did holds for every name of a page."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from registry.models import (
    AuditEvent,
    HubModel,
    Intervention,
    InterventionKind,
)
from registry.selectors.audit import read_texts, verify_chain
from registry.selectors.interventions import erased_subjects, standing
from registry.selectors.standing import listed_pages
from registry.services.ingest import record_state
from registry.services.interventions import (
    dispute,
    erase,
    lift,
    suppress,
)
from registry.snapshots import PageState
from tests.factories.registry import (
    NOW,
    make_page,
    model_snapshot,
)
from tests.integration.registry.private_page import (
    REPOSITORY,
    WORD,
    everything_stored,
    ingest,
    private_page,
)

pytestmark = pytest.mark.django_db


def renamed_twice() -> None:
    """Store a page under its three names, and one that has nothing to do with it."""
    moved = {"state": PageState.RENAMED, "description": f"{WORD} said so"}
    ingest(
        private_page(),
        model_snapshot(
            hub="huggingface", hub_model_id="mid/name", moved_to="lovelace/name", **moved
        ),
        model_snapshot(hub="huggingface", hub_model_id="old/name", moved_to="mid/name", **moved),
        model_snapshot(hub="huggingface", hub_model_id="other/name", name="another"),
    )


class TestRenamedPages:
    """Each act holds for the names that a page had here before."""

    def test_are_erased_under_all_their_names(self) -> None:
        renamed_twice()

        erase(subject=REPOSITORY, reason="asked", by="operator:a")

        stored = everything_stored()
        assert not [text for text in (WORD, "old/name", "mid/name") if text in stored]
        assert HubModel.objects.get(name="another").hub_model_id == "other/name"
        names = {"huggingface:old/name", "huggingface:mid/name", REPOSITORY}
        assert erased_subjects(subjects=names) == names
        assert verify_chain().texts_destroyed == 0

    def test_are_suppressed_and_lifted_under_all_their_names(self) -> None:
        renamed_twice()

        suppress(subject=REPOSITORY, reason="asked", by="operator:a")

        assert [page.hub_model_id for page in listed_pages()] == ["other/name"]
        lift(kind=InterventionKind.SUPPRESS, subject=REPOSITORY, reason="settled", by="operator:a")
        assert listed_pages().count() == 4

    def test_keep_an_act_that_stands_under_a_former_name(self) -> None:
        renamed_twice()
        suppress(subject="huggingface:old/name", reason="asked", by="operator:a")

        suppress(subject=REPOSITORY, reason="asked", by="operator:a")

        assert Intervention.objects.count() == 3


@pytest.mark.parametrize("act", [suppress, dispute])
def test_an_act_follows_a_page_to_its_new_name(act: Callable[..., Intervention]) -> None:
    old, new = "huggingface:old/name", "huggingface:new/name"
    make_page(hub="huggingface", hub_model_id="old/name")
    act(subject=old, reason="asked", by="operator:a")

    for day in (1, 2):
        record_state(
            hub="huggingface",
            hub_model_id="old/name",
            state=PageState.RENAMED if day == 1 else PageState.GONE,
            moved_to="new/name" if day == 1 else "",
            seen_at=NOW + timedelta(days=day),
            by="job:test",
        )

    assert standing([new])[new] == standing([old])[old] != frozenset()
    told = AuditEvent.objects.filter(actor="job:test", event__startswith="subject.").get()
    assert read_texts(event=told)["subject"] == new
    assert "old/name" not in "".join(read_texts(event=told).values())
    assert verify_chain().texts_destroyed == 0


def test_an_act_that_stands_on_the_new_name_is_not_begun_again() -> None:
    make_page(hub="huggingface", hub_model_id="old/name")
    for subject in ("huggingface:new/name", "huggingface:old/name"):
        suppress(subject=subject, reason="asked", by="operator:a")

    record_state(
        hub="huggingface",
        hub_model_id="old/name",
        state=PageState.RENAMED,
        moved_to="new/name",
        seen_at=NOW,
        by="job:test",
    )

    assert Intervention.objects.count() == 2
