"""Reads the Python of notebook cells without running it: magics, constants, names that are bound and read.

IPython's own transformer turns magics and shell commands into Python, so a cell is read as the kernel would run it.
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

__all__ = ["Statement", "constant", "statements_of"]

_RUN_HERE = {"time", "capture", "prun"}  # cell magics whose Python binds names of the notebook
_MOST_BITS, _LONGEST = 4096, 100_000  # of a constant that arithmetic makes
_LINE = re.compile(r"\r\n|\r|\n")  # what Python takes for the end of a line; str.splitlines knows more
_UNARY: dict[type, Callable[[Any], Any]] = {
    ast.UAdd: operator.pos, ast.USub: operator.neg, ast.Invert: operator.invert, ast.Not: operator.not_,
}  # fmt: skip
_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.LShift: operator.lshift,
    ast.RShift: operator.rshift, ast.BitOr: operator.or_, ast.BitAnd: operator.and_, ast.BitXor: operator.xor,
}  # fmt: skip
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Statement(NamedTuple):
    """One statement of a cell's outermost level.

    Attributes:
        node: the statement.
        line: its first line as the cell writes it, at most 80 characters.
        comment: the comment on its last line, without its #.
        bound: names of the notebook that it binds, deletes or may bind.
        read: names of the notebook that it may read before it binds them. Functions read names only when they are
            called, so their bodies do not count.
    """

    node: ast.stmt
    line: str
    comment: str
    bound: frozenset[str]
    read: frozenset[str]


def statements_of(source: str) -> tuple[Statement, ...]:
    """Return the statements of a cell; none for cells in other languages (`%%bash`).

    Raises:
        SyntaxError: if the cell is not Python, also not with IPython's magics.
    """
    if (first := source.lstrip()).startswith("%%"):
        name, _, body = first.partition("\n")
        if not name[2:].split() or name[2:].split()[0] not in _RUN_HERE:
            return ()
        source = body
    try:
        tree = _parsed(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd ends of lines
            plain = TransformerManager().transform_cell(source)
        tree = _parsed(plain)
        if len(plain.rstrip().splitlines()) != len(source.rstrip().splitlines()):
            source = plain
    lines = _LINE.split(source)
    try:
        return tuple(_statement(node, lines) for node in tree.body)
    except RecursionError as error:
        raise SyntaxError("nested too deeply") from error


def constant(node: ast.expr, known: Mapping[str, Any] | None = None) -> Any:
    """Return the value of a literal, of arithmetic with literals, or of names whose values are known.

    Raises:
        ValueError: for any other expression, one that would fail, and values that are too large.
    """
    known = known or {}
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name) and node.id in known:
        return known[node.id]
    if isinstance(node, ast.Tuple):
        return tuple(constant(item, known) for item in node.elts)
    if isinstance(node, ast.List):
        return [constant(item, known) for item in node.elts]
    try:
        if isinstance(node, ast.Set):
            return {constant(item, known) for item in node.elts}
        if isinstance(node, ast.Dict):
            keys = [constant(key, known) for key in node.keys if key is not None]
            if len(keys) == len(node.values):  # no `**other` in it
                return dict(zip(keys, (constant(value, known) for value in node.values), strict=True))
        if isinstance(node, ast.UnaryOp):
            return _UNARY[type(node.op)](constant(node.operand, known))
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return _arithmetic(type(node.op), constant(node.left, known), constant(node.right, known))
    except (TypeError, ArithmeticError) as error:
        raise ValueError(f"not a constant: {error}") from error
    raise ValueError("not a constant")


def _arithmetic(kind: type[ast.operator], left: Any, right: Any) -> Any:
    """Return the result of an operation between two constants; raise ValueError if it may be large."""
    numbers = all(isinstance(value, int | float | complex) for value in (left, right))
    if not numbers and not (kind is ast.Add and type(left) is type(right) and isinstance(left, str | list | tuple)):
        raise ValueError("not arithmetic with numbers")
    if isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() + right.bit_length()
        if kind is ast.Pow:
            bits = left.bit_length() * max(right, 0)
        elif kind is ast.LShift:
            bits = left.bit_length() + max(right, 0)
        if bits > _MOST_BITS:
            raise ValueError("too large")
    value = _BINARY[kind](left, right)
    if not numbers and len(value) > _LONGEST:
        raise ValueError("too large")
    return value


def _parsed(source: str) -> ast.Module:
    """Return the syntax tree of Python, with `await` outside functions as in notebooks."""
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes in the cell's texts
            return compile(source, "<cell>", "exec", flags, dont_inherit=True)
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise SyntaxError(str(error)) from error


def _statement(node: ast.stmt, lines: list[str]) -> Statement:
    """Return a statement with its texts and names."""
    # ast counts columns in bytes of UTF-8, not in characters.
    last = lines[(node.end_lineno or node.lineno) - 1] if (node.end_lineno or 0) <= len(lines) else ""
    rest = last.encode("utf-8", "replace")[node.end_col_offset or 0 :].decode("utf-8", "replace").strip()
    comment = rest[1:].strip() if rest.startswith("#") else ""
    return Statement(node, lines[node.lineno - 1].strip()[:80], comment, _bound(node), _read(node))


def _bound(node: ast.AST) -> frozenset[str]:
    """Return the names of the notebook that a node binds or deletes."""
    found: set[str] = set()
    for inner in _outside_functions(node):
        if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
            found.add(inner.id)
        elif isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(inner.name)
        elif isinstance(inner, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in inner.names}
        elif isinstance(inner, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and inner.name:
            found.add(inner.name)
    return frozenset(found)


def _read(node: ast.AST) -> frozenset[str]:
    """Return the names of the notebook that a node may read before it binds them."""
    if isinstance(node, ast.For | ast.AsyncFor):
        return _read(node.iter) | (_loaded(*node.body, *node.orelse) - _bound(node.target))
    if isinstance(node, ast.With | ast.AsyncWith):
        made = frozenset().union(*(_bound(item.optional_vars) for item in node.items if item.optional_vars))
        return _loaded(*(item.context_expr for item in node.items)) | (_loaded(*node.body) - made)
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        return _loaded(node.value) | {node.target.id}
    return _loaded(node)


def _loaded(*nodes: ast.AST) -> frozenset[str]:
    """Return the names that nodes read, except in bodies of functions."""
    inside = (inner for node in nodes for inner in _outside_functions(node))
    return frozenset(inner.id for inner in inside if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load))


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all nodes in it that run with it: no bodies of functions, no names that only it knows."""
    if isinstance(node, _COMPREHENSIONS):
        own = {n.id for part in node.generators for n in ast.walk(part.target) if isinstance(n, ast.Name)}
        inside = (inner for child in ast.iter_child_nodes(node) for inner in _outside_functions(child))
        yield from (inner for inner in inside if not (isinstance(inner, ast.Name) and inner.id in own))
        return
    yield node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        children: list[Any] = [*node.args.defaults, *node.args.kw_defaults, *getattr(node, "decorator_list", ())]
    elif isinstance(node, ast.ClassDef):  # names that its body binds are its own
        body = (inner for child in node.body for inner in _outside_functions(child))
        yield from (inner for inner in body if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load))
        children = [*node.bases, *(keyword.value for keyword in node.keywords), *node.decorator_list]
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        if child is not None:
            yield from _outside_functions(child)
