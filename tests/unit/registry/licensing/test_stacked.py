"""Rule L37: one answer for several files, out of the answer for each."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from registry.licensing.findings import PermissionVerdict
from registry.licensing.profile import Profile
from registry.licensing.routes import ACT_OF, Act
from registry.licensing.stacked import stack_rights
from registry.licensing.terms import Level, Permission, Word
from registry.licensing.verdict import Lineage, assess, assess_stack
from registry.lineage.graph import NodeId
from registry.lineage.relations import Relation
from tests.unit.registry.licensing.lineages import edge, lineage, official, page
from tests.unit.registry.licensing.test_algebra import lineages, profiles

Rights = dict[Permission, PermissionVerdict]
OUTPUTS = Permission.OUTPUTS_COMMERCIAL


def file(license_id: str) -> Lineage:
    return lineage(official(f"huggingface:org/{license_id}", license_id))


def together(*files: Lineage, profile: Profile | None = None) -> Rights:
    asker = profile or Profile()
    each = [assess(one, asker).rights for one in files]
    return dict(stack_rights(assess_stack(files, asker).rights, each))


def unsettled(best: Word, worst: Word) -> PermissionVerdict:
    return PermissionVerdict(word=Word.UNCLEAR, best=best, worst=worst, grounds=())


def test_the_strictest_file_binds_and_is_named() -> None:
    rights = together(file("mit"), file("s-lab-1.0"), file("openrail++"))

    assert rights[Permission.USE_COMMERCIAL].word is Word.FORBIDDEN
    assert rights[Permission.USE_COMMERCIAL].grounds[0].ancestor == "huggingface:org/s-lab-1.0"


def test_what_is_open_about_one_file_stays_open() -> None:
    whole = assess_stack([file("mit")]).rights
    one = {p: unsettled(Word.ALLOWED, Word.CONDITIONAL) for p in Permission}

    right = stack_rights(whole, [one, assess(file("mit")).rights])[OUTPUTS]

    assert (right.word, right.best, right.worst) == (
        Word.UNCLEAR,
        Word.ALLOWED,
        Word.CONDITIONAL,
    )


def test_what_is_forbidden_stays_so_whatever_is_open() -> None:
    whole = assess_stack([file("mit")]).rights
    one = {p: unsettled(Word.ALLOWED, Word.FORBIDDEN) for p in Permission}

    rights = stack_rights(whole, [one, assess(file("s-lab-1.0")).rights])

    assert rights[Permission.USE_COMMERCIAL].word is Word.FORBIDDEN


def test_handing_on_is_no_question_about_a_stack() -> None:
    rights = together(file("mit"), file("apache-2.0"))

    words = {p: right.word for p, right in rights.items() if ACT_OF[p] is not Act.RUN}
    assert set(words.values()) == {Word.NOT_APPLICABLE}


def test_a_conflict_inside_one_file_binds_all() -> None:
    """Hosting a merge under AGPL and use restrictions is forbidden, beside other files as well."""
    parents = [
        official("huggingface:org/a", "agpl-3.0"),
        official("huggingface:org/b", "creativeml-openrail-m"),
    ]
    work = replace(page(), awaits_license=True)
    edges = tuple(edge(parent, Relation.MERGE) for parent in parents)
    mix = Lineage(subject=work.id, nodes={node.id: node for node in (work, *parents)}, edges=edges)

    assert assess(mix).rights[Permission.HOST_PAID].word is Word.FORBIDDEN
    assert together(mix, file("mit"))[Permission.HOST_PAID].word is Word.FORBIDDEN


@given(st.lists(lineages(), min_size=1, max_size=3), profiles)
def test_is_no_looser_than_any_file(files: list[Lineage], profile: Profile) -> None:
    rights = together(*files, profile=profile)

    for one in files:
        for permission, right in assess(one, profile).rights.items():
            whole = rights[permission]
            if Word.NOT_APPLICABLE not in {whole.word, right.word}:
                assert Level[whole.best.name] >= Level[right.best.name]
                assert Level[whole.worst.name] >= Level[right.worst.name]


@given(st.lists(lineages(), min_size=1, max_size=3))
def test_the_order_of_files_makes_no_difference(files: list[Lineage]) -> None:
    ends = [(r.word, r.best, r.worst) for r in together(*files).values()]

    again = [(r.word, r.best, r.worst) for r in together(*reversed(files)).values()]

    assert again == ends


def named_apart(files: list[Lineage]) -> list[Lineage]:
    """Rename models: one model's statements are the same whichever file leads to it."""
    return [_renamed(one, f"civitai:{number}-") for number, one in enumerate(files)]


def _renamed(one: Lineage, prefix: str) -> Lineage:
    def name(node: NodeId) -> NodeId:
        return NodeId(prefix + node)

    nodes = {name(key): replace(node, id=name(node.id)) for key, node in one.nodes.items()}
    edges = [replace(e, child=name(e.child), parent=name(e.parent)) for e in one.edges]
    return Lineage(subject=name(one.subject), nodes=nodes, edges=tuple(edges))


@given(st.lists(lineages(), min_size=1, max_size=3).map(named_apart), profiles)
def test_is_no_looser_than_the_verdict_on_all_as_one(
    files: list[Lineage], profile: Profile
) -> None:
    whole = assess_stack(files, profile).rights

    for permission, right in together(*files, profile=profile).items():
        if right.word is not Word.NOT_APPLICABLE:
            assert Level[right.best.name] >= Level[whole[permission].best.name]
            assert Level[right.worst.name] >= Level[whole[permission].worst.name]
