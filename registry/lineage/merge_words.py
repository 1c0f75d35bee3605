"""The words in which people say that a model was merged, and from what.

English, Japanese, Chinese, Korean, Russian, Spanish, Portuguese, German, French. Patterns are
matched against lower-case text. Pure Python: importing this module must never import Django.
"""

import re
from functools import lru_cache


def _words(spaced: str, unspaced: str = r"(?!)") -> re.Pattern[str]:
    """Return a pattern of alternatives, one or more a line: the first kind begins at a word."""
    starts = "|".join(spaced.split("\n"))
    anywhere = "|".join(unspaced.split("\n"))
    return re.compile(rf"\b(?:{starts})|{anywhere}")


def lower(text: str) -> str:
    """Return ``text`` in lower case, every character in its place."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text


_CJK_MERGED = """\
マージ|ミックス|混合|混ぜ|合成|配合|レシピ|融合|合并|合併|配方|底模|烘焙
병합|머지|믹스|섞|레시피"""

# A statement that something was made from what is named next to it.
MERGED = _words(
    r"""merg(?:e|ed|es|ing|er)\b|mix(?:ed|ing|ture)\b(?!\s*(?:and match|by)\b)
(?:mix|mixes|blend|blends)\s*(?:of|between|with|from|model|is|\s*[:=])|blend(?:ed|ing)\b
combin(?:e|es|ed|ing|ation)\b|mash-?up\b|ingredients?\b|recipes?\b|fus(?:ed|ion)\b|foundation\b
made (?:from|using|with|of|out of)\b|consists? of\b|compos(?:ed of|ition)\b|formula\b
models? (?:used|in this)\b|used (?:models?|loras?|checkpoints?)\b|added as (?:a )?difference
мерж|мердж|смес|слиян|смеш|mezcla|mescla|fusión|fusão|mischung|gemischt|mélange""",
    _CJK_MERGED,
)
# "Added X": X follows at once. The pattern is for the words before a link.
ADDED = re.compile(r"\badd(?:ed|ing)\b[^.\n]{0,24}$")
TAKEN_OUT = re.compile(r"\b(?:replac|remov|delet)(?:ed|ing|es|e)\b[^.\n]{0,24}$")
# A statement of descent that need not be a merge.
BASED_ON = _words(
    r"""based (?:on|off)\b|derived from\b|built (?:on|from|upon)\b|fine-?tuned (?:on|from)\b
на основе|basad[oa] en\b|basead[oa] em\b|basiert auf\b|basé sur\b""",
    "をベースに|ベースモデル|基于|基於|기반",
)
# What is named next is no parent: other work, advice, thanks, tools.
NOT_A_PARENT = _words(
    r"""check(?:ing)? (?:it |this |these |them )?out\b|my other\b|other (?:models?|mixe?s)\b
also try\b|(?:previous|older|newer|other|inpainting|lora|ckpt|pruned|diffusers) versions?\b
see also\b|recommend|suggest|required?s?\b|embeddings?\b|textual inversions?\b|negatives?\b
upscal|hires\b|high-?res|controlnet\b|pic(?:ture)?s?\b|images?\b|previews?\b|prompts?\b|guide\b|tutorial\b
inspired by\b|similar to\b|compar|unlike\b|instead of\b|not a mer|to generate\b
thanks\b|thank you\b|support(?: me|ing)?\b|donat|patreon\b|ko-?fi\b|discord\b|download|click\b
available (?:at|on|here)\b|works? (?:well|great|best) with\b|go to\b
used? (?:it |this )?(?:with|together|for (?:the )?(?:demo|example|sample))\b""",
    "おすすめ|推奨|併用|ありがとう|感謝|感谢|推荐|推薦|추천|감사",
)
# Parts that go into a file, or stand next to it, beside the merged weights.
LORA = re.compile(r"(?<![a-z])(?:lora|locon|loha|lokr|lycoris|dora)s?(?![a-z])")
TOOL = re.compile(r"upscal|embedding|inversion|negative|controlnet|hypernet|workflow|extension")
VAE = re.compile(r"(?<![a-z])vaes?(?![a-z])")
BAKED_IN = re.compile(r"\bbak(?:ed?|ing)\b|\bbuilt-?in\b|\binclud|\badded\b|\+\s*$|烘焙|内蔵")
# Lines that head a list of parents, whatever their punctuation.
HEADS_A_LIST = _words(
    r"""following\b|below\b|including\b|models? (?:used|in this)\b|used (?:models?|loras?)\b
ingredients?\b|recipes?\b|composition\b|made using\b|based on\s*:?\s*$
merged? (?:models?|material|info|source|recipe|list)""",
    "以下|下記|マージ元|使用モデル|使用した|融合模型|配方|レシピ",
)
ABOVE = _words(r"above\b", "上記|上述|以上の|위의")

# "You may merge it" says nothing about how this model was made. For the words before a match.
PERMISSION = re.compile(
    r"\b(?:can|may|could|free|allowed?|permission|want|like|try|good|great|how|if you)\b"
    r"[\w\s,']{0,20}$"
    r"|\b(?:to|for|no|not|don'?t|never|token|when|before|without|sell(?:ing)?|shar(?:e|ing)"
    r"|future|your|in|other|any|further|use[ds]?)\s+(?:a |an |the |any |be |this |your )?$"
)
SAID_OF_ITSELF = _words(
    r"""merg(?:e|ed|es|ing)\b
(?:mix|mixture|blend|combination|fusion|mash-?up) (?:of|between|from)\b
(?:mixed|blended|combined) (?:from|with|together|using|between)\b|mix model\b|ingredients?\s*:
models? (?:used|in this (?:mix|blend))\b|recipe\b
мерж|мердж|смес|слиян|mezcla|mescla|fusión|fusão|mischung|mélange""",
    "マージ|ミックス|混合モデル|混ぜ|配合|融合|合并|合併|混合模型|병합|머지|믹스|섞",
)
# The beginning, or the middle, of everything that the patterns above and a formula look for.
_STEMS = """\
+ add merg mix blend combin mash ingredient recipe fus foundation made consist compos formula used
based derived built tuned basad basead basiert mezcla mescla mischung gemischt"""
_STEMS_BEYOND_ASCII = """\
basé mélange мерж мердж смес слиян смеш основе マージ ミックス 混 合 配 レシピ 融 底模 烘焙 ベース
基于 基於 병합 머지 믹스 섞 레시피 기반"""
_IN_ASCII = (*_STEMS.split(), "in this")
_IN_ANY = (*_IN_ASCII, *_STEMS_BEYOND_ASCII.split())


@lru_cache(maxsize=32)  # a line is asked about by several readers
def may_speak_of_merging(text: str) -> bool:
    """Return whether a pattern of this module may match in ``text``, in lower case.

    Much cheaper than asking the patterns: a whole hub is read when it is mirrored, and more than
    half of all descriptions say nothing of the kind.
    """
    return any(map(text.__contains__, _IN_ASCII if text.isascii() else _IN_ANY))


IN_A_NAME = re.compile(
    r"(?:mix|merge|merged|blend|mixture)(?![a-z])|ミックス|マージ|混合|融合|믹스|머지"
)
IN_A_TAG = re.compile(
    r"(?<![a-z])(?:merge[ds]?|merging|mix|mixed|mixture|blend|mergekit|lazymergekit|frankenmerge)"
    r"(?![a-z])|マージ|ミックス|融合|混合|병합|믹스"
)
