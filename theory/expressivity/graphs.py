"""Searches on finite graphs whose edges carry letters; states that accept the same words."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)
Table = Sequence[Sequence[int]]


def shortest_word(
    starts: Iterable[Node],
    steps: Callable[[Node], Iterable[tuple[str, Node]]],
    goal: Callable[[Node], bool],
    *,
    empty: bool = True,
) -> tuple[Node, str, Node] | None:
    """The shortest path from a start to a goal: where it starts, what it reads, where it ends.

    Letters are tried in the order in which `steps` gives them. `empty=False` asks for at least one
    letter, so that a start may be reached again. None where no path leads.
    """
    waiting = deque((start, "", start) for start in starts)
    seen = {start for start, _, _ in waiting} if empty else set()
    while waiting:
        start, word, node = waiting.popleft()
        if (word or empty) and goal(node):
            return start, word, node
        for letter, after in steps(node):
            if after not in seen:
                seen.add(after)
                waiting.append((start, word + letter, after))
    return None


def components(table: Table) -> list[int]:
    """The strongly connected component of each node; edges lead to components of no larger number.

    `table[node]` lists the nodes that its edges lead to.
    """
    order, low, found = [-1] * len(table), [0] * len(table), [-1] * len(table)
    open_nodes: list[int] = []
    count = clock = 0
    for root in range(len(table)):
        path = [(root, 0)] if order[root] < 0 else []
        while path:
            node, edge = path.pop()
            if not edge:
                order[node] = low[node] = clock
                clock += 1
                open_nodes.append(node)
            else:
                low[node] = min(low[node], low[table[node][edge - 1]])
            edge = _next_edge(table[node], edge, node, order, low, found)
            if edge:
                path += [(node, edge), (table[node][edge - 1], 0)]
            elif low[node] == order[node]:
                while found[node] < 0:
                    found[open_nodes.pop()] = count
                count += 1
            else:
                low[path[-1][0]] = min(low[path[-1][0]], low[node])
    return found


def _next_edge(
    row: Sequence[int], edge: int, node: int, order: list[int], low: list[int], found: list[int]
) -> int:
    """One more than the place of the next edge to an unseen node; 0 where there is none."""
    for place in range(edge, len(row)):
        target = row[place]
        if order[target] < 0:
            return place + 1
        if found[target] < 0:
            low[node] = min(low[node], order[target])
    return 0


def indistinguishable(table: Table, accepting: frozenset[int]) -> list[int]:
    """For each state the number of its class: same class, same accepted words (Hopcroft 1971)."""
    arrivals = _arrivals(table)
    blocks = [set(accepting), set(range(len(table))) - accepting]
    block_of = [int(state not in accepting) for state in range(len(table))]
    waiting = {(0, letter) for letter in range(len(arrivals))}
    while waiting:
        block, letter = waiting.pop()
        inside: dict[int, set[int]] = {}
        for target in blocks[block]:
            for state in arrivals[letter][target]:
                inside.setdefault(block_of[state], set()).add(state)
        for one, part in inside.items():
            if len(part) == len(blocks[one]):
                continue
            blocks[one] -= part
            blocks.append(part)
            for state in part:
                block_of[state] = len(blocks) - 1
            smaller = one if len(blocks[one]) < len(part) else len(blocks) - 1
            for each in range(len(arrivals)):
                waiting.add((len(blocks) - 1 if (one, each) in waiting else smaller, each))
    return block_of


def _arrivals(table: Table) -> list[list[list[int]]]:
    """For each letter and state, the states that the letter leads there."""
    found: list[list[list[int]]] = [[[] for _ in table] for _ in table[0]]
    for state, row in enumerate(table):
        for letter, target in enumerate(row):
            found[letter][target].append(state)
    return found
