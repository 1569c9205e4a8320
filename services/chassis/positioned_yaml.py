"""YAML that remembers where everything stood, so that a mistake can be told with line and column.

It reads YAML 1.1 without three of its traps: only true and false are booleans (`no` is a word), dates stay text, and a
key may occur once.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

Step = str | int
MOST_NESTED = 100
MOST_NODES = 100_000
"""With every alias written out: a page of aliases of aliases would otherwise be millions of values."""

_BOOL = "tag:yaml.org,2002:bool"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"


class YamlFault(Exception):
    """The text is not YAML as understood here. `places` holds line, column (from 1) and words for each mistake."""

    def __init__(self, places: list[tuple[int, int, str]]) -> None:
        super().__init__(str(places))
        self.places = places


class Positions:
    """Where the values and keys of a file stand, as line and column from 1."""

    def __init__(self) -> None:
        self._values: dict[tuple[Step, ...], tuple[int, int]] = {}
        self._keys: dict[tuple[Step, ...], tuple[int, int]] = {}

    def of(self, path: tuple[Step, ...]) -> tuple[int, int]:
        """Return where the value at the path stands, or what of the path exists."""
        while path and path not in self._values:
            path = path[:-1]
        return self._values.get(path, (1, 1))

    def of_key(self, path: tuple[Step, ...]) -> tuple[int, int]:
        """Return where the key at the end of the path stands."""
        return self._keys.get(path) or self.of(path)

    def _add(self, path: tuple[Step, ...], node: yaml.Node, key: yaml.Node | None = None) -> None:
        self._values[path] = _place(node)
        if key is not None:
            self._keys[path] = _place(key)


class _Loader(yaml.SafeLoader):
    """The safe loader without dates, with true and false for booleans, and of a bounded depth."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401 - as its base has it
        """Read the next value. Raises `ComposerError` where it lies too deep: reading on would exhaust the stack."""
        self.depth += 1
        if self.depth > MOST_NESTED:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, f"nested more than {MOST_NESTED} deep", mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (_BOOL, _TIMESTAMP)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def read_yaml(text: str) -> tuple[Any, Positions]:
    """Return the data of the text and where it stands. Raises `YamlFault`."""
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as fault:
        before = text[: fault.position]
        place = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise YamlFault([(*place, f"the character U+{ord(text[fault.position]):04X} may not stand in YAML")]) from None
    try:
        root = loader.get_single_node()
        if root is None:
            raise YamlFault([(1, 1, "the file is empty")])
        if _written_out(root, {}) > MOST_NODES:
            raise YamlFault([(1, 1, f"more than {MOST_NODES} values, with every alias written out")])
        repeated: list[tuple[int, int, str]] = []
        _find_repeated(root, repeated, [])
        if repeated:
            raise YamlFault(repeated)
        data = loader.construct_document(root)
        positions = Positions()
        _collect(root, (), positions, loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        words = ", ".join(part for part in (error.problem, error.context) if part)
        raise YamlFault([(line, column, words or "no YAML")]) from None
    except yaml.YAMLError as error:
        raise YamlFault([(1, 1, str(error).splitlines()[0])]) from None
    finally:
        loader.dispose()
    return data, positions


def _written_out(node: yaml.Node, known: dict[int, int]) -> int:
    """Count the values with every alias written out; one that contains itself counts once within itself."""
    if id(node) not in known:
        known[id(node)] = 1
        if isinstance(node, yaml.MappingNode):
            known[id(node)] += sum(_written_out(each, known) for pair in node.value for each in pair)
        elif isinstance(node, yaml.SequenceNode):
            known[id(node)] += sum(_written_out(each, known) for each in node.value)
    return known[id(node)]


def _find_repeated(node: yaml.Node, found: list[tuple[int, int, str]], above: list[yaml.Node]) -> None:
    """Find keys that occur twice or are no text, and aliases that contain themselves."""
    if any(node is outer for outer in above):
        found.append((*_place(node), "an alias contains itself"))
        return
    if isinstance(node, yaml.MappingNode):
        seen: set[Hashable] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                if key.tag != _TEXT:
                    found.append((*_place(key), f"the key {key.value!r} is no text; put it in quotes"))
                if (key.tag, key.value) in seen:
                    found.append((*_place(key), f"the key {key.value!r} occurs twice"))
                seen.add((key.tag, key.value))
            _find_repeated(value, found, [*above, node])
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _find_repeated(value, found, [*above, node])


def _collect(
    node: yaml.Node, path: tuple[Step, ...], positions: Positions, loader: _Loader, key: yaml.Node | None = None
) -> None:
    positions._add(path, node, key)
    if isinstance(node, yaml.MappingNode):
        for key_node, value in node.value:
            name = loader.construct_object(key_node, deep=True)
            _collect(value, (*path, name), positions, loader, key_node)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _collect(value, (*path, index), positions, loader)


def _place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1
