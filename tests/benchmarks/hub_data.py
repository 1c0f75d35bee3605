"""Models shaped like Civitai's answers, made up from a number: no two runs differ.

Per model, on average, as measured on real hubs (the project's infrastructure notes, section 3):
2.5 KB of JSON, 1.4 versions, 3.05 files, 6 hashes a file, 0.87 lineage edges. Edges come from
base-model labels and from links in a merge context; half of the labels are ``Other``, which names
nothing, to meet that figure. One file in twenty is a re-upload of earlier bytes.
"""

import hashlib
from collections.abc import Iterator
from random import Random

import msgspec

PAGE_MODELS = 1000  # as Hugging Face's listing gives; Civitai gives at most 100
_TYPES = ("Checkpoint", "LORA", "LORA", "LORA", "TextualInversion", "LoCon", "VAE")
_BASES = ("SD 1.5", "SDXL 1.0", "Pony", "Illustrious", "Flux.1 D", "SD 2.1")
_ENGLISH = """\
anime realistic style portrait detailed fantasy landscape character concept lighting render vintage
photo manga soft dark bright cinematic texture model trained dataset images weights prompt negative
sampler steps recommended version update fixed hands faces eyes hair"""
_WORDS = _ENGLISH.split()
_OTHER_WORDS = ["漫画", "風景", "イラスト", "モデル", "estilo", "розовый", "그림"]
_COMMERCIAL: tuple[list[str], ...] = (
    [],
    ["Image"],
    ["Image", "RentCivit"],
    ["Image", "RentCivit", "Rent", "Sell"],
)
_VERSION_WEIGHTS = (70, 22, 6, 2)  # of 1, 2, 3 and 4 versions: 1.4 on average
_FILE_WEIGHTS = (32, 30, 22, 10, 6)  # of 1 to 5 files a version: 2.28 on average
_REUPLOAD = 0.05
_HAS_LABEL = 0.52
_HAS_MERGE_WORDS = 0.2
_HAS_LINK = 0.7  # of those


def listing_pages(models: int) -> Iterator[list[bytes]]:
    """Give the models of a hub, page by page, each as raw JSON."""
    for start in range(1, models + 1, PAGE_MODELS):
        end = min(start + PAGE_MODELS, models + 1)
        yield [model_json(number) for number in range(start, end)]


def model_json(number: int) -> bytes:
    """Return the JSON of model ``number``, which counts from one."""
    random = Random(number)  # noqa: S311
    versions = random.choices((1, 2, 3, 4), _VERSION_WEIGHTS)[0]
    return msgspec.json.encode(
        {
            "id": number,
            "name": _words(random, 4),
            "description": f"<p>{_words(random, 24)}</p>{_merge_words(random, number)}",
            "type": random.choice(_TYPES),
            "poi": False,
            "nsfw": random.random() < 0.2,
            "allowNoCredit": random.random() < 0.5,
            "allowCommercialUse": random.choice(_COMMERCIAL),
            "allowDerivatives": random.random() < 0.8,
            "allowDifferentLicense": random.random() < 0.6,
            "stats": {"downloadCount": random.randrange(10**6), "thumbsUpCount": 5},
            "creator": {"username": f"user{random.randrange(5000)}", "image": None},
            "tags": random.sample(_WORDS, 4),
            "modelVersions": [_version(random, number, index) for index in range(versions)],
        }
    )


def _version(random: Random, number: int, index: int) -> dict[str, object]:
    version = number * 10 + index
    count = random.choices((1, 2, 3, 4, 5), _FILE_WEIGHTS)[0]
    return {
        "id": version,
        "name": f"v{index + 1}.0",
        "baseModel": random.choice(_BASES) if random.random() < _HAS_LABEL else "Other",
        "publishedAt": f"2024-{1 + number % 12:02}-{1 + number % 28:02}T12:00:00.000Z",
        "description": _words(random, 6) if random.random() < 0.3 else None,
        "trainedWords": random.sample(_WORDS, 2),
        "files": [_file(random, version, position) for position in range(count)],
        "downloadUrl": f"https://civitai.com/api/download/models/{version}",
    }


def _file(random: Random, version: int, position: int) -> dict[str, object]:
    own = version * 10 + position
    is_reupload = version > 1000 and random.random() < _REUPLOAD
    digest = hashlib.sha512(str(random.randrange(1000) if is_reupload else own).encode())
    sha256, rest = digest.hexdigest()[:64].upper(), digest.hexdigest()[64:].upper()
    return {
        "id": own,
        "name": f"{random.choice(_WORDS)}_{own}.safetensors",
        "sizeKB": 144_000 + int(sha256[:4], 16) / 1024,
        "type": "Model",
        "metadata": {"format": "SafeTensor", "size": "pruned", "fp": "fp16"},
        "pickleScanResult": "Success",
        "virusScanResult": "Success",
        "hashes": {
            "AutoV1": rest[:8],
            "AutoV2": sha256[:10],
            "SHA256": sha256,
            "CRC32": rest[8:16],
            "BLAKE3": rest,
            "AutoV3": rest[16:28],
        },
        "primary": position == 0,
        "downloadUrl": f"https://civitai.com/api/download/models/{version}",
    }


def _merge_words(random: Random, number: int) -> str:
    """Speak of merging in one description of five, mostly with a link."""
    if number == 1 or random.random() > _HAS_MERGE_WORDS:
        return ""
    if random.random() > _HAS_LINK:
        return "<p>A mix that I like.</p>"
    parent = random.randrange(1, number)
    return f'<p>Merged from <a href="https://civitai.com/models/{parent}">this</a> model</p>'


def _words(random: Random, count: int) -> str:
    """Make up words, in one text of six not only English ones."""
    words = [*_WORDS, *_OTHER_WORDS] if random.random() < 1 / 6 else _WORDS
    return " ".join(random.choices(words, k=count))
