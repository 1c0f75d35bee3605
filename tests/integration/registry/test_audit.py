import io
import threading

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction

from registry.models import AuditEvent, AuditText, SubjectKey
from registry.selectors.audit import BrokenChain, read_texts, verify_chain
from registry.services import audit


def record(rows: int = 0) -> AuditEvent:
    return audit.record(event="pages.mirrored", actor="job:test", target="civitai", rows=rows)


@pytest.mark.django_db
class TestTheChain:
    def test_links_every_event_to_the_one_before(self) -> None:
        first, second = record(), record(rows=2)

        report = verify_chain()

        assert second.previous_hash == first.hash
        assert (report.events, report.head) == (2, second.hash)

    def test_of_nothing_stands(self) -> None:
        assert verify_chain().events == 0

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE registry_auditevent SET details = '{\"rows\": 3}' WHERE previous_hash <> %s",
            "UPDATE registry_auditevent SET actor = 'job:other' WHERE previous_hash = %s",
            "DELETE FROM registry_auditevent WHERE previous_hash = %s",
        ],
    )
    def test_shows_what_was_changed_behind_its_back(self, change: str) -> None:
        for rows in range(3):
            record(rows=rows)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE registry_auditevent DISABLE TRIGGER ALL")
            cursor.execute(change, ["0" * 64])

        with pytest.raises(BrokenChain):
            verify_chain()

    def test_shows_a_cut_off_end_to_who_noted_the_head(self) -> None:
        record()
        noted = record().hash
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE registry_auditevent DISABLE TRIGGER ALL")
            cursor.execute("DELETE FROM registry_auditevent WHERE hash = %s", [noted])

        assert verify_chain().events == 1
        with pytest.raises(BrokenChain, match=noted):
            verify_chain(noted_head=noted)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE registry_auditevent SET actor = 'x'",
            "DELETE FROM registry_auditevent",
            "TRUNCATE registry_auditevent CASCADE",
        ],
    )
    def test_is_append_only_in_the_database(self, statement: str) -> None:
        record()
        with connection.cursor() as cursor:  # tests switch this one off to be able to flush
            cursor.execute(
                "ALTER TABLE registry_auditevent ENABLE TRIGGER audit_event_is_never_truncated"
            )

        with (
            pytest.raises(ProgrammingError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)

    def test_is_checked_by_a_command(self) -> None:
        head = record().hash
        out = io.StringIO()

        call_command("verify_audit", head=head, stdout=out)

        assert out.getvalue().startswith("1 events follow one another;")
        assert f"head {head}" in out.getvalue()


@pytest.mark.django_db
class TestPersonalText:
    def test_is_encrypted_and_committed_to(self) -> None:
        event = audit.record(
            event="subject.suppressed",
            actor="operator:a",
            target="civitai:alias-1",
            personal={"reason": "asked by Ada Lovelace"},
        )

        assert read_texts(event=event) == {"reason": "asked by Ada Lovelace"}
        assert b"Ada" not in bytes(AuditText.objects.get().ciphertext)
        assert "Ada" not in str(AuditEvent.objects.values())
        assert verify_chain().texts_read == 1

    def test_is_lost_with_its_key_while_the_chain_stands(self) -> None:
        event = audit.record(
            event="e", actor="a", target="civitai:alias-1", personal={"reason": "words"}
        )
        audit.record(event="e", actor="a", target="civitai:alias-2", personal={"reason": "words"})

        audit.forget(subject="civitai:alias-1")

        report = verify_chain()
        assert read_texts(event=event) == {}
        assert (report.texts_read, report.texts_destroyed) == (1, 1)

    def test_of_an_old_key_is_not_read_with_a_new_one(self) -> None:
        old = audit.record(event="e", actor="a", target="civitai:alias-1", personal={"r": "old"})
        audit.forget(subject="civitai:alias-1")
        new = audit.record(event="e", actor="a", target="civitai:alias-1", personal={"r": "new"})

        assert (read_texts(event=old), read_texts(event=new)) == ({}, {"r": "new"})
        assert verify_chain().texts_destroyed == 1

    def test_that_was_swapped_is_noticed(self) -> None:
        for reason in ("first", "second"):
            audit.record(event="e", actor="a", target="civitai:alias-1", personal={"r": reason})
        first, second = AuditText.objects.order_by("pk")
        first.ciphertext = second.ciphertext
        first.save()

        with pytest.raises(BrokenChain, match="committed"):
            verify_chain()

    def test_commitments_of_equal_texts_differ(self) -> None:
        events = [
            audit.record(event="e", actor="a", target="civitai:alias-1", personal={"r": "same"})
            for _ in range(2)
        ]

        assert events[0].commitments != events[1].commitments
        assert SubjectKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_make_one_chain() -> None:
    def write() -> None:
        try:
            for _ in range(5):
                with transaction.atomic():
                    record()
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert verify_chain().events == 20
