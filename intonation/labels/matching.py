"""Matching many HTS patterns against many labels, exactly and in linear time.

All patterns of a set are searched for in one pass over a label by a finite automaton whose
states are made when they are first reached (Aho and Corasick 1975 for plain patterns; the
bit-parallel simulation of Baeza-Yates and Gonnet 1992 for those with wildcards). Nothing
ever goes back in the label, so no pattern can make a search explode.

Neighbouring phones share most of their label. What the automaton found, and where it ended,
from a state on in a section of a label or in the rest of a label is therefore remembered.
That is exact whatever the patterns are: the state holds all that matters of the text before.
"""

import re
from collections.abc import Iterable, Sequence

import numpy as np

START, END = "\x02", "\x03"
_STATE_BYTES = 1 << 24
_SECTION_BYTES = 1 << 23
_TAIL_BYTES = 1 << 19
_LONGEST_REMEMBERED = 2000
_MARK_LENGTH = 3  # of "/A:"; behind it the automaton is mostly in the same state


def delimited(pattern: str) -> str:
    """A pattern without outer stars, to be found anywhere in START + label + END."""
    core = pattern.strip("*")
    if "**" in core:
        core = re.sub(r"\*+", "*", core)
    start = "" if pattern.startswith("*") else START
    end = "" if pattern.endswith("*") else END
    return f"{start}{core}{end}"


class Plain:
    """The trie of plain patterns with its failure links; a state is a node, 0 the root."""

    def __init__(self, owners: dict[str, list[int]]):
        self._children: list[dict[str, int]] = [{}]
        self._owners: list[list[int] | None] = [None]
        for core, questions in owners.items():
            self._owners[self._insert(core)] = questions
        self._fail = [0] * len(self._children)
        self._link()

    def _insert(self, core: str) -> int:
        node, children = 0, self._children
        for char in core:
            following = children[node].get(char)
            if following is None:
                following = len(children)
                children[node][char] = following
                children.append({})
                self._owners.append(None)
            node = following
        return node

    def _link(self) -> None:
        """Failure links; the next shorter pattern that ends, and the place to go on from.

        A node where no longer pattern goes on is left as if it were its failure link.
        """
        fail, owners = self._fail, self._owners
        self._shorter, self.live = [0] * len(fail), [0] * len(fail)
        queue = list(self._children[0].values())
        for node in queue:
            for char, child in self._children[node].items():
                fail[child] = self.step(fail[node], char)
                queue.append(child)
            link = fail[node]
            self._shorter[node] = link if owners[link] else self._shorter[link]
            self.live[node] = node if self._children[node] else self.live[link]

    def step(self, node: int, char: str) -> int:
        """The node of the longest pattern beginning that ends with this character."""
        children = self._children
        while node and char not in children[node]:
            node = self._fail[node]
        return children[node].get(char, 0)

    def found(self, node: int) -> Iterable[int]:
        """The questions one of whose patterns ends at a node."""
        while node:
            yield from self._owners[node] or ()
            node = self._shorter[node]


class Wild:
    """Patterns with `?` and inner `*` side by side in one integer; bit i is the i-th symbol.

    A bit is set while the symbols of its pattern up to this one match the text up to here.
    """

    def __init__(self, owners: dict[str, list[int]]):
        self._ends: dict[int, list[int]] = {}
        places: dict[str, list[int]] = {"?": []}
        firsts, stars, size = [], [], 0
        for core, questions in owners.items():
            firsts.append(size)
            for char in core:
                if char == "*":
                    stars.append(size - 1)
                else:
                    places.setdefault(char, []).append(size)
                    size += 1
            self._ends[size - 1] = questions
        self.size = size
        self._first, self._star = _bits(firsts, size), _bits(stars, size)
        self._end = _bits(self._ends, size)
        self._any = _bits(places.pop("?"), size)
        self._symbols = {char: _bits(found, size) for char, found in places.items()}

    def step(self, bits: int, char: str) -> int:
        """The bits after one more character."""
        symbols = self._symbols.get(char, 0)
        if char not in (START, END):
            symbols |= self._any
        return ((bits << 1 | self._first) & symbols) | (bits & self._star)

    def found(self, bits: int) -> Iterable[int]:
        """The questions one of whose patterns has just ended."""
        ended = bits & self._end
        while ended:
            last = ended.bit_length() - 1
            yield from self._ends[last]
            ended ^= 1 << last


def _bits(places: Iterable[int], size: int) -> int:
    """An integer with these bits set, of `size` bits."""
    digits = bytearray((size + 7) // 8)
    for place in places:
        digits[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(digits, "little")


class _State(dict):
    """A state of the automaton: character to following state; filled as texts are read.

    hits: the questions found on arrival here. sections: text of a section to what is found
    in it from here on, and the state after it. tails: rest of a label to what is found in it.
    States from which all goes on alike share these two.
    """

    __slots__ = ("automaton", "node", "bits", "hits", "sections", "tails")

    def __missing__(self, char: str) -> "_State":
        return self.automaton.follow(self, char)


class Automaton:
    """Finds which questions have a pattern in a label.

    owners: delimited pattern to the indices of the questions that have it.
    The states and what they remember are bounded; where there is too much, all is forgotten.
    """

    def __init__(self, owners: dict[str, list[int]], n_questions: int):
        wild = {core for core in owners if "?" in core or "*" in core}
        self._plain = Plain({core: found for core, found in owners.items() if core not in wild})
        self._wild = Wild({core: found for core, found in owners.items() if core in wild})
        self._n_questions = n_questions
        row_bytes = n_questions // 8
        self._most_states = max(64, _STATE_BYTES // (1000 + self._wild.size // 4 + row_bytes))
        self._most_sections = max(64, _SECTION_BYTES // (300 + row_bytes))
        self._most_tails = max(64, _TAIL_BYTES // (300 + row_bytes))
        self._states: dict[tuple[int, int], _State] = {}
        self._read: dict[tuple[int, int], tuple[dict, dict]] = {}
        self._n_sections = self._n_tails = 0
        self._start = self.follow(self._new_state(0, 0), START)

    def follow(self, state: _State, char: str) -> _State:
        """The state after one more character, which the state will remember."""
        node = self._plain.step(state.node, char)
        bits = self._wild.step(state.bits, char) if self._wild.size else 0
        following = self._states.get((node, bits))
        if following is None:
            following = self._new_state(node, bits)
        state[char] = following
        return following

    def _new_state(self, node: int, bits: int) -> _State:
        if len(self._states) >= self._most_states:
            self._forget_states()
        state = _State()
        state.automaton, state.node, state.bits = self, node, bits
        questions = [*self._plain.found(node), *self._wild.found(bits)]
        state.hits = _bits(questions, self._n_questions) if questions else 0
        alike = (self._plain.live[node], bits)
        state.sections, state.tails = self._read.setdefault(alike, ({}, {}))
        self._states[node, bits] = state
        return state

    def _forget_states(self) -> None:
        """Forget all but the state that labels begin in; unlinked, so that they are freed."""
        self._forget_sections()
        self._forget_tails()
        for state in self._states.values():
            state.clear()
        start = self._start
        self._states = {(start.node, start.bits): start}
        self._read = {(self._plain.live[start.node], start.bits): (start.sections, start.tails)}

    def _forget_sections(self) -> None:
        for sections, _ in self._read.values():
            sections.clear()
        self._n_sections = 0

    def _forget_tails(self) -> None:
        for _, tails in self._read.values():
            tails.clear()
        self._n_tails = 0

    def find(self, label: str) -> int:
        """The questions found in a label, as an integer with a bit for each."""
        cut = label.find("/") + _MARK_LENGTH
        if cut < _MARK_LENGTH or len(label) > _LONGEST_REMEMBERED:
            return _read(self._start, label + END)[0]
        state, row = self._start, 0
        for char in label[:cut]:
            state = state[char]
            if state.hits:
                row |= state.hits
        tail = label[cut:]
        rest = state.tails.get(tail)
        return row | (self._find_rest(state, tail) if rest is None else rest)

    def _find_rest(self, state: _State, tail: str) -> int:
        """What is found from a state on in the rest of a label, which is then remembered."""
        if self._n_tails >= self._most_tails:
            self._forget_tails()
        if self._n_sections >= self._most_sections:
            self._forget_sections()
        start, row = state, 0
        *sections, last = tail.split("/")
        for section in sections:
            found = state.sections.get(section)
            if found is None:
                found = state.sections[section] = _read(state, section + "/")
                self._n_sections += 1
            row |= found[0]
            state = found[1]
        row |= _read(state, last + END)[0]
        start.tails[tail] = row
        self._n_tails += 1
        return row


def _read(state: _State, text: str) -> tuple[int, _State]:
    """What is found in a text from a state on, and the state after it."""
    row = 0
    for char in text:
        state = state[char]
        if state.hits:
            row |= state.hits
    return row, state


class Matcher:
    """Answers all questions for one label after another.

    patterns: the patterns of each question.
    """

    def __init__(self, patterns: Sequence[Sequence[str]]):
        self._n_bytes = (len(patterns) + 7) // 8
        owners: dict[str, list[int]] = {}
        for question, own in enumerate(patterns):
            for pattern in own:
                owners.setdefault(pattern, []).append(question)
        cores: dict[str, list[int]] = {}
        for pattern, questions in owners.items():
            core = delimited(pattern)
            cores[core] = cores.get(core, []) + questions
        self._always = _bits(cores.pop("", []), len(patterns))
        self._automaton = Automaton(cores, len(patterns))

    def pack(self, labels: Sequence[str]) -> np.ndarray:
        """One bit per question, the first question lowest: uint8 [labels, bytes]."""
        find, always, n_bytes = self._automaton.find, self._always, self._n_bytes
        rows = [(find(label) | always).to_bytes(n_bytes, "little") for label in labels]
        return np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(labels), n_bytes)
