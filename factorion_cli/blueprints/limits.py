"""How much of a stranger's input is taken before it is refused, each limit many times what real prints need.

The largest of 950 strings from public repositories unpacks to 6.1 MB of JSON with 134,000 objects and lists.
"""

from __future__ import annotations

BLOCK_BYTES = 1 << 20
"""Of input that one block of work holds; about 300 prints of the usual size."""

BLOCK_FILES = 256
"""Most files in one block of work."""

MAX_JSON_BYTES = 64 << 20
"""Of one JSON document, of what one exchange string unpacks to, and of text without a place to divide it."""

MAX_CONTAINERS = 2_000_000
"""Objects and lists in one JSON document; Python needs 60 to 230 bytes for each, however few it was written with."""

MAX_ENTITIES = 200_000
"""Of one print."""

MAX_BOOK_DEPTH = 64
"""Books in books; the game itself stops sooner."""

MAX_ZIP_RATIO = 200
"""How many times as large a member of a zip file may become; blueprint JSON becomes 20 times as large at most."""

MAX_FIELDS = 64
"""Free fields kept of one record."""

MAX_FIELD_CHARACTERS = 4096
"""Of one free field that is kept."""
