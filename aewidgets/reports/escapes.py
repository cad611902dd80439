"""Takes the escape sequences of terminals out of text: colours, moves of the cursor, titles, links. Shows nothing."""

import re

__all__ = ["without_escapes"]

# Colours and cursors (CSI), titles and links (OSC and its kin), which end with their line at the latest, all others.
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]")


def without_escapes(text: str) -> str:
    """Return a text without escape sequences; other control characters stay."""
    return _ESCAPES.sub("", text)
