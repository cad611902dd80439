"""Reads values from YAML as people mean them: a name given twice is an error, dates and times of day stay text.

YAML 1.1 reads `12:30` as the number 750, `010` as 8 and `1e-3` as text, and PyYAML keeps the last of two values of one
name without a word.
"""

from __future__ import annotations

import functools
import re
from typing import Any

__all__ = ["yaml_value"]

# As in YAML 1.2, where 1e-3 is a number, and 12:30 and 007 are none.
_NUMBERS = {
    "float": r"[-+]?(?:(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z",
    "int": r"(?:[-+]?(?:0|[1-9][\d_]*)|0x[\da-fA-F_]+|0o[0-7_]+|0b[01_]+)\Z",
}


def yaml_value(data: str | bytes) -> Any:
    """Return the value of a YAML document: texts, numbers, booleans, None, lists and dictionaries.

    Raises:
        ValueError: for text that is not YAML, is nested too deeply, or gives a name twice; the message says which.
    """
    import yaml

    try:
        return yaml.load(data, Loader=_loader())
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise ValueError(" ".join(str(error).split())[:300] or type(error).__name__) from error


@functools.cache
def _loader() -> Any:
    """Return the class of loaders, made once because PyYAML loads only when it is needed."""
    import yaml

    class Loader(yaml.SafeLoader):
        """A SafeLoader that refuses a name given twice, and knows no dates and no times of day."""

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen = set()
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                    if (key.tag, key.value) in seen:
                        raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} twice", key.start_mark)
                    seen.add((key.tag, key.value))
            return super().construct_mapping(node, deep)

    kept = {"bool", "null", "merge"}
    Loader.yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in rules if tag.rpartition(":")[2] in kept]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    for name, form in _NUMBERS.items():
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{name}", re.compile(form), list("-+.0123456789"))
    return Loader
