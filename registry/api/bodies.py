"""What is posted: read as text, bounded, and given its shape in one place."""

from typing import IO, Any

import msgspec
from django.utils import timezone
from rest_framework.parsers import BaseParser

from registry.errors import BadInput
from registry.licensing.profile_fields import DESCRIPTIONS
from registry.licensing.terms import Permission
from registry.selectors.as_of import FORMS, moment_of
from registry.selectors.asker import asker_of
from registry.selectors.stack_answers import MOST_FILES
from registry.selectors.told import Asked

_WHAT = {
    "type": "string",
    "minLength": 1,
    "description": "A digest, an address, an id or a name, as in the query.",
}
QUESTION: dict[str, Any] = {
    "application/json": {
        "type": "object",
        "additionalProperties": False,
        "required": ["what"],
        "properties": {
            "what": {
                "oneOf": [
                    _WHAT,
                    {"type": "array", "minItems": 1, "maxItems": MOST_FILES, "items": _WHAT},
                ],
                "description": "Several: files that are used together.",
            },
            "use": {"type": "string", "enum": [*Permission]},
            "as_of": {"type": "string", "description": FORMS},
            "profile": {
                "type": "object",
                "additionalProperties": False,
                "description": "Who asks; nothing of it is kept. Absent fields are unknown.",
                "properties": {name: {"description": text} for name, text in DESCRIPTIONS.items()},
            },
        },
    }
}


class UnreadableBody(BadInput):
    """A request's body is too large, no text, or not of the documented shape."""


class TextParser(BaseParser):
    """Hands the body on as text: what it means is read in one place for every interface."""

    media_type = "application/json"
    largest_bytes = 100_000

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, str]:
        """Return the body under ``text``.

        :raises UnreadableBody: if it is larger than ``largest_bytes``, or no UTF-8
        """
        data: bytes = stream.read(self.largest_bytes + 1)
        if len(data) > self.largest_bytes:
            raise UnreadableBody(f"The body is larger than {self.largest_bytes:,} bytes.")
        try:
            return {"text": data.decode("utf-8-sig")}
        except UnicodeDecodeError as error:
            raise UnreadableBody("The body is not text in UTF-8.") from error


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question about rights as it is posted."""

    what: str | list[str]
    use: Permission | None = None
    as_of: str = ""
    profile: dict[str, Any] = {}

    @property
    def files(self) -> list[str]:
        """Return what is asked about, each once."""
        return list(dict.fromkeys([self.what] if isinstance(self.what, str) else self.what))

    def asked(self) -> Asked:
        """Return the use, the moment and who asks.

        :raises UnreadableDate: if the moment is none
        :raises FutureDate: if it is in the future
        :raises BadProfile: naming the field of the profile that makes no sense
        """
        as_of = moment_of(self.as_of, now=timezone.now())
        profile = asker_of(self.profile, as_of=as_of, where="profile")
        return Asked(use=self.use, as_of=as_of, profile=profile)


def read_question(body: object) -> Question:
    """Return the question in what ``TextParser`` handed on.

    :raises UnreadableBody: naming the key that is missing or wrong
    """
    text = body.get("text", "") if isinstance(body, dict) else ""
    try:
        question = msgspec.json.decode(text, type=Question)
        msgspec.to_builtins(question)
    except RecursionError as error:
        raise UnreadableBody("JSON nested that deep is not read.") from error
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise UnreadableBody(f'{error}. Write {{"what": "civitai:85283"}}.') from error
    if not question.files:
        raise UnreadableBody("what: name at least one file.")
    return question
