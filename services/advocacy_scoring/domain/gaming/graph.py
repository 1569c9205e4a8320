"""Directed graphs with counts on their edges, and their strongly connected components."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

Edges = Mapping[str, Mapping[str, int]]
"""From each account to those whose content it engages with, and how often."""


def restricted(edges: Edges, nodes: Collection[str], least: int) -> dict[str, dict[str, int]]:
    """The edges between the nodes that count `least` or more."""
    return {
        source: {target: count for target, count in edges.get(source, {}).items() if count >= least and target in nodes}
        for source in nodes
    }


def components(edges: Edges) -> Iterator[frozenset[str]]:
    """The strongly connected components of two nodes or more.

    Tarjan, Depth-first search and linear graph algorithms, SIAM J. Computing 1 (1972), without recursion.
    """
    yield from _Search(edges).components()


class _Search:
    """One search: `order` is that of discovery, `lowest` the least order that a node leads back to."""

    def __init__(self, edges: Edges) -> None:
        self._edges = edges
        self._order: dict[str, int] = {}
        self._lowest: dict[str, int] = {}
        self._open: list[str] = []
        self._is_open: set[str] = set()
        self._path: list[tuple[str, Iterator[str]]] = []

    def components(self) -> Iterator[frozenset[str]]:
        """Those of two nodes or more, each when its last node has been left."""
        for start in sorted(self._edges):
            if start not in self._order:
                self._enter(start)
            while self._path:
                node, targets = self._path[-1]
                target = next(targets, None)
                if target is None:
                    yield from self._leave(node)
                elif target not in self._order:
                    self._enter(target)
                elif target in self._is_open:
                    self._lowest[node] = min(self._lowest[node], self._order[target])

    def _enter(self, node: str) -> None:
        self._order[node] = self._lowest[node] = len(self._order)
        self._open.append(node)
        self._is_open.add(node)
        self._path.append((node, iter(sorted(self._edges.get(node, {})))))

    def _leave(self, node: str) -> Iterator[frozenset[str]]:
        self._path.pop()
        if self._path:
            parent = self._path[-1][0]
            self._lowest[parent] = min(self._lowest[parent], self._lowest[node])
        if self._lowest[node] == self._order[node]:
            place = self._open.index(node)
            component = frozenset(self._open[place:])
            del self._open[place:]
            self._is_open -= component
            if len(component) > 1:
                yield component
