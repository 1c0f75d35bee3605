"""Coverage-guided fuzzing of the readers of model files; run by hand, no part of the suite.

    python -m tests.fuzz.file_readers -max_total_time=600 -timeout=10 -rss_limit_mb=200 NEW SEEDS

Needs atheris and msgspec. Anything but facts or an anticipated error ends the run, as do ten
seconds without an answer and 200 MB of memory. CONTRIBUTING.md says how.
"""
# mypy: ignore-errors

import sys

import atheris

with atheris.instrument_imports(include=["registry"]):
    from registry.fingerprints.model_file import FileFacts, UnreadableModelFile
    from registry.fingerprints.readers.front_door import read_file_facts
    from registry.fingerprints.readers.sources import Buffer

NAMES = ("", "model.safetensors", "model.onnx", "model.ckpt")


def read_one(content: bytes) -> None:
    """Read ``content`` under a name that its length chooses."""
    try:
        facts = read_file_facts(Buffer(content), filename=NAMES[len(content) % len(NAMES)])
    except UnreadableModelFile as error:
        if not error.code or not str(error).isprintable():
            raise AssertionError("an error without a code, or with raw text of the file") from error
        return
    if not isinstance(facts, FileFacts):
        raise TypeError("no facts")


if __name__ == "__main__":
    atheris.Setup(sys.argv, read_one)
    atheris.Fuzz()
