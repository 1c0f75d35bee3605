from registry.lineage.recipes.headers import read_header
from registry.lineage.relations import Evidence, Grade


class TestMergedFrom:
    def test_is_a_search(self) -> None:
        recipe = read_header({"modelspec.merged_from": " Some Model.safetensors "}, source="x")

        (edge,) = recipe.edges
        assert (edge.parent_ref, edge.grade, edge.evidence, edge.source, edge.detail) == (
            "name:Some Model",
            Grade.INFERRED,
            Evidence.HEADER_MODELSPEC,
            "x: modelspec.merged_from",
            "",
        )
        assert not recipe.complete

    def test_says_that_a_list_of_titles_cannot_be_split_safely(self) -> None:
        recipe = read_header({"modelspec.merged_from": "One, two and three, , Four"}, source="x")

        assert [edge.parent_ref for edge in recipe.edges] == [
            "name:One",
            "name:two and three",
            "name:Four",
        ]
        assert "a title may hold a comma" in recipe.edges[0].detail

    def test_is_read_up_to_a_length(self) -> None:
        recipe = read_header({"modelspec.merged_from": "title," * 100_000}, source="x")

        assert len(recipe.edges) <= 2
        assert recipe.problems

    def test_makes_the_files_own_tensor_digest_no_parent(self) -> None:
        header = {"modelspec.hash_sha256": "0x" + "a" * 64, "modelspec.merged_from": "None"}

        assert read_header(header, source="x").edges == ()
