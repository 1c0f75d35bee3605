import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.payloads.file_addresses import (
    CivitaiFile,
    RepositoryFile,
    UnreadableFileAddress,
    file_address,
)

LOCAL = "http://127.0.0.1:8782"


class TestFileAddress:
    @pytest.mark.parametrize(
        ("text", "path"),
        [
            ("org/name:model.safetensors", "/org/name/resolve/main/model.safetensors"),
            ("org/name:unet/a b.gguf@abc", "/org/name/resolve/abc/unet/a%20b.gguf"),
            ("org/name:m.gguf@refs/pr/1", "/org/name/resolve/refs%2Fpr%2F1/m.gguf"),
            ("https://huggingface.co/o/n/blob/main/x.gguf", "/o/n/resolve/main/x.gguf"),
            ("https://hf.co/o/n/resolve/v1/a/b.bin?download=true", "/o/n/resolve/v1/a/b.bin"),
            (f"{LOCAL}/o/n/resolve/main/x.safetensors", "/o/n/resolve/main/x.safetensors"),
        ],
    )
    def test_reads_files_of_repositories(self, text: str, path: str) -> None:
        found = file_address(text, base_url=LOCAL)

        assert isinstance(found, RepositoryFile)
        assert found.download_path == path
        assert found.filename == found.path.rpartition("/")[2]

    @pytest.mark.parametrize(
        ("text", "reference"),
        [
            ("https://civitai.com/models/4", "civitai:4"),
            ("https://civitai.com/models/4/a-name?modelVersionId=40", "civitai-version:40"),
            ("https://civitai.com/api/download/models/40?type=Model", "civitai-version:40"),
            ("https://civitai.red/model-versions/40", "civitai-version:40"),
            ("civitai:4", "civitai:4"),
            ("civitai:4@40", "civitai-version:40"),
            ("civitai-version:40", "civitai-version:40"),
            ("urn:air:sd1:checkpoint:civitai:4@40", "civitai-version:40"),
            (f"{LOCAL}/api/download/models/40", "civitai-version:40"),
        ],
    )
    def test_reads_pages_and_downloads_of_civitai(self, text: str, reference: str) -> None:
        assert file_address(text, base_url=LOCAL) == CivitaiFile(reference)

    @pytest.mark.parametrize(
        "text",
        [
            "", "model.safetensors", "org/name", "https://huggingface.co/org/name", "12",
            "https://evil.example/o/n/resolve/main/x", "http://127.0.0.1/o/n/resolve/main/x",
            "https://huggingface.co.evil.example/o/n/resolve/main/x", "org/name:../x",
            "org/name:a//b", "org/name:/etc/passwd", "org/name:x@..", "org/..:x", "civitai:x",
            "https://huggingface.co/o/n/resolve/main/%2e%2e/x", "a\x00b/c:d", "x" * 5000,
            "https://civitai.com/images/5", "file:///etc/passwd", "ftp://huggingface.co/a/b",
        ],
    )  # fmt: skip
    def test_refuses_what_names_no_file(self, text: str) -> None:
        with pytest.raises(UnreadableFileAddress):
            file_address(text)

    @given(st.text() | st.text().map(lambda text: f"https://huggingface.co/{text}"))
    def test_never_raises_anything_else(self, text: str) -> None:
        try:
            found = file_address(text)
        except UnreadableFileAddress:
            return

        assert isinstance(found, RepositoryFile | CivitaiFile)
        if isinstance(found, RepositoryFile):
            assert "/../" not in found.download_path
