from registry.lineage.recipes.blocks import read_blocks

FIRST = """\
merge_method: linear
models:
  - model: org/a
    parameters: {weight: 0.5}
  - model: org/b
    parameters: {weight: 0.5}
"""


def _parents(body: str) -> list[str]:
    return [edge.parent_ref for edge in read_blocks(body, source="README.md").edges]


class TestReadBlocks:
    def test_reads_a_fenced_block(self) -> None:
        recipe = read_blocks(f"# Title\n```yaml\n{FIRST}```\nend", source="README.md")

        assert [(e.parent_ref, e.weight) for e in recipe.edges] == [
            ("huggingface:org/a", 0.5),
            ("huggingface:org/b", 0.5),
        ]
        assert recipe.complete
        assert recipe.edges[0].source == "README.md: mergekit configuration"

    def test_reads_tilde_indented_and_unclosed_fences(self) -> None:
        indented = "\n".join(f"  {line}" for line in FIRST.splitlines())

        for body in (f"~~~~\n{FIRST}~~~~", f"* x\n  ```yml\n{indented}\n  ```", f"```\n{FIRST}"):
            assert _parents(body) == ["huggingface:org/a", "huggingface:org/b"]

    def test_reads_a_block_without_a_fence(self) -> None:
        body = f"Made with the following mergekit yaml:\n\n{FIRST}\nPlease respect the licences."

        assert _parents(body) == ["huggingface:org/a", "huggingface:org/b"]

    def test_reads_windows_line_ends(self) -> None:
        body = f"```yaml\n{FIRST}```".replace("\n", "\r\n")

        assert _parents(body) == ["huggingface:org/a", "huggingface:org/b"]

    def test_leaves_other_code_alone(self) -> None:
        body = """\
```yaml
base_model: org/a
datasets: [org/d]
```
```python
models: list[str] = []
```
name: just a word
"""
        assert _parents(body) == []

    def test_leaves_out_the_steps_of_a_chain(self) -> None:
        body = f"""\
```yaml
{FIRST}```
&rarr; `/intermediate/model/A` &rarr;
```yaml
merge_method: slerp
base_model: org/c
models: [{{model: /intermediate/model/A}}]
```
"""
        recipe = read_blocks(body, source="README.md")

        assert [edge.parent_ref for edge in recipe.edges] == [
            "huggingface:org/a",
            "huggingface:org/b",
            "huggingface:org/c",
        ]
        assert recipe.complete

    def test_knows_a_step_by_its_name(self) -> None:
        body = f"""\
```
slices: [{{sources: [{{model: output/Orca2flat}}, {{model: org/x}}]}}]
merge_method: passthrough
```
The Orca2flat model uses the following mergekit yaml:
```
{FIRST}```
"""
        assert _parents(body) == ["huggingface:org/x", "huggingface:org/a", "huggingface:org/b"]

    def test_keeps_a_local_parent_that_only_a_bullet_names(self) -> None:
        body = f"""\
* /home/someone/private
```yaml
models: [{{model: /home/someone/private}}]
merge_method: linear
```
```yaml
{FIRST}```
"""
        recipe = read_blocks(body, source="README.md")

        assert recipe.edges[0].parent_ref == "name:private"
        assert not recipe.complete

    def test_does_not_lose_a_chain_to_one_broken_block(self) -> None:
        broken = "merge_method: nuslerp\nbase_model: org/c\n  - model: org/d"

        recipe = read_blocks(f"```yaml\n{FIRST}```\n```\n{broken}\n```", source="README.md")

        assert [edge.parent_ref[-1] for edge in recipe.edges] == ["a", "b", "c", "d"]
        assert not recipe.complete
