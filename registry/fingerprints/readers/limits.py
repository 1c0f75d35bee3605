"""How much of a hostile file the readers hold or walk before they stop.

Each figure leaves room for every honest file we know of and keeps a reader below 200 MB of memory.
Pure Python: importing this module must never import Django.
"""

FIRST_READ_BYTES = 384 << 10  # holds the header of nearly every model, so one range request does
MOST_TENSORS = 200_000  # a sharded mixture of experts has some 100,000
MOST_METADATA_KEYS = 65_536  # kohya writes about 100
MOST_DIMENSIONS = 64  # numpy's and torch's own limit
MOST_ELEMENTS = (1 << 63) - 1
MOST_TEXT_BYTES = 64 << 10  # of one value in a GGUF array or a pickle; longer ones are stepped over
MOST_NESTING = 32  # of values and folders inside one another
MOST_STEPS = 4_000_000  # pieces of a header; the largest vocabularies need some 1,500,000
MOST_MEMBERS = 100_000  # of an archive or a folder
MOST_SHARDS = 1_000
HUGE_TEXT_BYTES = 1 << 20  # of one metadata value: kept, and told
"""A thumbnail (ModelSpec) is the largest honest one; facts/huggingface.md section 5."""
