"""Arrays that need not fit into memory: read and written in blocks, never mapped as a whole."""

from graphclust.ondisk.blocked import BlockedRows, ComputedRows
from graphclust.ondisk.files import BlockFile
from graphclust.ondisk.memory import available_memory, parse_size, size_words
from graphclust.ondisk.rows import StoredRows, scratch_rows

__all__ = [
    "BlockedRows",
    "ComputedRows",
    "BlockFile",
    "StoredRows",
    "available_memory",
    "parse_size",
    "scratch_rows",
    "size_words",
]
