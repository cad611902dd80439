"""Secrets of a run: values from the environment, given to the kernel and replaced by *** in everything that is kept.

A value is found as it is, and as `repr`, JSON, HTML, a URL or Base64 write it. A part of a value is not found, and
neither is what a picture shows as pixels.
"""

from __future__ import annotations

import base64
import html
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn
from urllib.parse import quote, quote_plus

__all__ = ["HIDDEN", "SecretError", "Secrets", "from_environment", "secret_names"]

#: What stands in the place of a secret.
HIDDEN = "***"
_SHORTEST = 6  # characters: a shorter value would be found by chance, in any page
_LINE = 8  # characters of the shortest line of a longer secret, such as a PEM key, that is hidden by itself
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")
_BINARY = re.compile(r"(image/(?!svg)|audio/|video/|font/|application/pdf\Z|application/octet-stream\Z)")
_FIXED = frozenset({"cell_type", "id", "output_type", "name", "execution_count"})  # what nbformat itself puts there


class SecretError(ValueError):
    """Raised for a secret that cannot be used; the message says why, and never holds a value."""


def secret_names(texts: Iterable[str]) -> dict[str, str]:
    """Return the variable that each secret comes from, by its name, as texts such as `TOKEN=env:CI_TOKEN` say.

    Raises:
        SecretError: for a text of another form, and for a name that is given twice. Texts are not repeated in the
            message: somebody may have written the value itself.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, reference = text.partition("=")
        scheme, _, variable = reference.partition(":")
        if not equals or not _NAME.match(name):
            raise SecretError("--secret: expected NAME=env:VARIABLE, such as TOKEN=env:CI_TOKEN, got another text")
        if scheme != "env" or not _NAME.match(variable):
            raise SecretError(
                f"--secret {name}: expected {name}=env:VARIABLE, the name of a variable of the environment; "
                "a value on a command line can be read by every user of the machine"
            )
        if name in found:
            raise SecretError(f"--secret {name} is given twice; give it once")
        found[name] = variable
    return found


def from_environment(variable: str, what: str) -> str:
    """Return the value of a variable of the environment.

    Raises:
        SecretError: if it is not set, or empty; the message begins with `what`.
    """
    value = os.environ.get(variable, "")
    if not value:
        how = "empty" if variable in os.environ else "not set"
        raise SecretError(f"{what}: the variable {variable} is {how} in this environment; nothing was started")
    return value


@dataclass(frozen=True)
class Secrets:
    """Values that a kernel may know and that nothing else may hold.

    Attributes:
        environment: variables that the kernel gets beside those of this process.
        values: values to hide.
        withheld: variables of this process that the kernel does not get.
    """

    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    values: tuple[str, ...] = field(default=(), repr=False)
    withheld: frozenset[str] = frozenset()

    @classmethod
    def of(cls, texts: Iterable[str], others: Mapping[str, str] | None = None) -> Secrets:
        """Return the secrets that `NAME=env:VARIABLE` describe, with their values.

        Args:
            texts: secrets for the kernel.
            others: values by variable that the kernel must not see, such as the password of a mail server.

        Raises:
            SecretError: for a text of another form, a variable that is not set, and a value that is too short to be
                hidden.
        """
        named, others = secret_names(texts), others or {}
        environment = {name: from_environment(variable, f"--secret {name}") for name, variable in named.items()}
        for name, value in environment.items():
            if len(value.strip()) < _SHORTEST:
                raise SecretError(
                    f"--secret {name}: expected at least {_SHORTEST} characters in {named[name]}; "
                    "a shorter text would be found everywhere, so that it cannot be hidden"
                )
        hidden = (*environment.values(), *(value for value in others.values() if len(value.strip()) >= _SHORTEST))
        return cls(environment, hidden, frozenset(others) - set(named.values()) - set(named))

    def __bool__(self) -> bool:
        """Return True if there is anything to hide or to withhold."""
        return bool(self.values or self.withheld)

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets are not sent to other processes; send the texts that describe them")

    def kernel_environment(self, before: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a kernel that would else get `before`."""
        return {name: value for name, value in before.items() if name not in self.withheld} | dict(self.environment)

    def hidden(self, text: str) -> str:
        """Return a text with *** in the place of each secret."""
        if not any(form in text for form in self._forms):  # faster, and true of most texts
            return text
        return self._written.sub(HIDDEN, text)

    def begun(self, text: str) -> int:
        """Return how many characters at the end of a text may be the beginning of a secret, whose rest is to come."""
        if not self._forms:
            return 0
        first, longest = {form[0] for form in self._forms}, len(self._forms[0]) - 1
        whole = [found.span() for found in self._written.finditer(text)]
        for start in range(max(0, len(text) - longest), len(text)):
            if text[start] in first and not any(begin < start < end for begin, end in whole):
                end = text[start:]
                if any(len(form) > len(end) and form.startswith(end) for form in self._forms):
                    return len(end)
        return 0

    def inside(self, value: Any) -> bool:
        """Return True if a secret stands anywhere in a value: in a text, a list, a dictionary or its keys."""
        if isinstance(value, str):
            return self.hidden(value) != value
        if isinstance(value, Mapping):
            return any(self.inside(key) or self.inside(inner) for key, inner in value.items())
        if isinstance(value, list | tuple | set | frozenset):
            return any(map(self.inside, value))
        return isinstance(value, int | float) and self.redacted(value) is HIDDEN

    def redacted(self, value: Any) -> Any:
        """Return a value as JSON has it, with *** for each secret in its texts, its keys, and for each such number."""
        if not self.values:
            return value
        if isinstance(value, str):
            return self.hidden(value)
        if isinstance(value, Mapping):
            return {self.redacted(key): self.redacted(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.redacted(inner) for inner in value]
        if isinstance(value, int | float) and not isinstance(value, bool) and repr(value) in self.values:
            return HIDDEN
        return value

    def kept(self, notebook: Any) -> Any:
        """Return a copy of an nbformat notebook without secrets; without any, the notebook itself."""
        if not self.values:
            return notebook
        from nbformat import from_dict

        about = {"kernelspec", "language_info"}
        metadata = {k: v if k in about else self.redacted(v) for k, v in notebook["metadata"].items()}
        return from_dict({**notebook, "metadata": metadata, "cells": [self._cell(cell) for cell in notebook["cells"]]})

    def _cell(self, cell: Mapping[str, Any]) -> dict[str, Any]:
        """Return a cell without secrets; texts of a stream that follow one another are one text."""
        kept = {key: value if key in {*_FIXED, "outputs"} else self.redacted(value) for key, value in cell.items()}
        if "outputs" in cell:
            outputs: list[dict[str, Any]] = []
            for output in cell["outputs"]:
                streams = output["output_type"] == "stream" and outputs and outputs[-1]["output_type"] == "stream"
                if streams and outputs[-1]["name"] == output["name"]:
                    outputs[-1]["text"] += output["text"]  # a secret may have come in two pieces
                else:
                    outputs.append(dict(output))
            kept["outputs"] = [self._output(output) for output in outputs]
        return kept

    def _output(self, output: Mapping[str, Any]) -> dict[str, Any]:
        """Return one output of a cell without secrets."""
        kept = {k: v if k in {*_FIXED, "data"} else self.redacted(v) for k, v in output.items()}
        if "data" in output:
            kept["data"] = {}
            for kind, value in output["data"].items():
                if not _BINARY.match(kind):
                    kept["data"][kind] = self.redacted(value)
                elif not (isinstance(value, str) and any(form in value for form in self._encoded)):
                    kept["data"][kind] = value
                else:  # in the file's own metadata; without it the file would not open
                    kept["data"].setdefault("text/plain", HIDDEN)
        return kept

    @cached_property
    def _forms(self) -> list[str]:
        """All forms of all values, the longest first."""
        return sorted({form for value in self.values for form in _forms(value)}, key=len, reverse=True)

    @cached_property
    def _written(self) -> re.Pattern[str]:
        """Pattern of all forms."""
        return re.compile("|".join(map(re.escape, self._forms)))

    @cached_property
    def _encoded(self) -> list[str]:
        """All values as they are inside Base64."""
        return [form for value in self.values for form in _in_base64(value)]


def _forms(value: str) -> Iterator[str]:
    """Yield the ways in which outputs write a value."""
    for plain in {value, value.strip(), *(line for line in value.split("\n") if len(line.strip()) >= _LINE)}:
        for text in (plain, repr(plain)[1:-1], json.dumps(plain)[1:-1], json.dumps(plain, ensure_ascii=False)[1:-1]):
            yield text
            yield html.escape(text)
            yield html.escape(text, quote=False)
            yield html.escape(text, quote=False).replace('"', "&#34;").replace("'", "&#39;")  # as markupsafe does
        for safe in ("", "/"):
            yield quote(plain, safe=safe)
            yield quote_plus(plain, safe=safe)
        yield from _in_base64(plain)


def _in_base64(value: str) -> Iterator[str]:
    """Yield what Base64 makes of a value that begins at the first, second or third of three bytes."""
    data = value.encode("utf-8", "surrogateescape")
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + data).decode()
        inner = whole[(0, 2, 3)[before] : (before + len(data)) * 8 // 6]  # characters that hold bits of the value alone
        if len(inner) >= _LINE:
            yield inner
            yield inner.replace("+", "-").replace("/", "_")
