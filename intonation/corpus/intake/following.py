"""Which sentence is read when, in a recording much longer than an aligner can hold.

The text is read by the synthetic voice, and the recording is followed along this template by
dynamic programming, synchronously in time: a frame of the recording is a frame of a sentence, or
speech that is of none. A sentence begins only after a pause. Only what lies within a window around
the best place so far is kept (a beam), so that time is linear in the length, and memory small.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

WINDOW_FRAMES = 500  # of the template to either side: 15 s
STAY, STEP, LEAP = 0, 1, 2
# Moves into a sentence: this, and twice the number of sentences passed by, and 1 if from speech of
# no sentence. Into speech of none, this.
ENTER = 3
UNEVEN = 0.15  # standing still or leaping costs this share of a strange frame
# A frame of no sentence costs this share of the distance of frames that have nothing to do with
# each other: on real voices, sentences followed along their own template cost 0.75 a frame, along
# another one 0.83. One that is passed by costs this share of its frames.
STRANGE, PASSED_BY, MOST_PASSED = 0.80, 0.3, 3
# Within a sentence, longer pauses count against it, in strange frames up to MOST_AGAINST.
LONG_PAUSE_S, AGAINST, MOST_AGAINST = 0.5, 8.0, 16.0


@dataclass(frozen=True)
class Template:
    """Frames of all sentences, each sentence followed by one state for speech of none.

    features [states, coefficients], nan in those states; first: the first state of each sentence.
    The state 0 is for speech before the first sentence.
    """

    features: np.ndarray
    first: np.ndarray
    of: np.ndarray  # sentence of each state; -1 for states of no sentence

    @classmethod
    def of_sentences(cls, sentences: Sequence[np.ndarray]) -> "Template":
        nothing = np.full((1, sentences[0].shape[1]), np.nan)
        parts, of, first, place = [nothing], [np.array([-1])], [], 1
        for number, frames in enumerate(sentences):
            first.append(place)
            parts += [frames, nothing]
            of += [np.full(len(frames), number), np.array([-1])]
            place += len(frames) + 1
        return cls(np.concatenate(parts), np.array(first), np.concatenate(of))

    def length(self, sentence: int) -> int:
        return self.end(sentence) + 1 - int(self.first[sentence])

    def end(self, sentence: int) -> int:
        """Last state of a sentence; of the one before the first, that of no sentence."""
        if sentence < 0:
            return 0
        last = sentence + 1 == len(self.first)
        return (len(self.of) if last else int(self.first[sentence + 1])) - 2


def follow(template: Template, frames: np.ndarray, pauses_s: np.ndarray) -> np.ndarray:
    """The sentence of each frame, int [frames]; -1 for speech of none.

    frames: [frames, coefficients] of the recording without its pauses; pauses_s: [frames], the
    pause before a frame, 0 where there is none; before the first, any.
    """
    search = _Search(template, STRANGE * _usual_distance(template, frames), len(frames))
    for index, (frame, pause_s) in enumerate(zip(frames, pauses_s, strict=True)):
        search.go_on(index, frame, float(pause_s))
    return template.of[search.states()]


def _usual_distance(template: Template, frames: np.ndarray) -> float:
    """The mean distance of frames that have nothing to do with each other."""
    spoken = template.features[template.of >= 0]
    count = min(len(spoken), len(frames), 5000)
    some = spoken[np.linspace(0, len(spoken) - 1, count).astype(int)]
    others = frames[np.linspace(0, len(frames) - 1, count).astype(int)]
    return float(np.linalg.norm(some - np.roll(others, count // 3, axis=0), axis=1).mean())


class _Search:
    """The least cost of being in each state after a frame, and how each was reached."""

    def __init__(self, template: Template, strange: float, n_frames: int) -> None:
        self.template, self.strange = template, strange
        self.total = np.full(len(template.of), np.inf)
        self.total[0] = 0.0  # before anything, in the state of no sentence
        self.lows = np.zeros(n_frames, dtype=np.int64)
        self.moves = np.zeros((n_frames, 2 * WINDOW_FRAMES), dtype=np.int8)
        self.best, self.window = 0, slice(0, 1)

    def go_on(self, index: int, frame: np.ndarray, pause_s: float) -> None:
        of, features = self.template.of, self.template.features
        low = max(0, min(self.best - WINDOW_FRAMES, len(of) - 2 * WINDOW_FRAMES))
        window = slice(low, min(len(of), low + 2 * WINDOW_FRAMES))
        here, move = self._within(window)
        if pause_s or not index:
            ratio = max(pause_s, LONG_PAUSE_S) / LONG_PAUSE_S
            here[of[window] >= 0] += self.strange * min(AGAINST * np.log(ratio), MOST_AGAINST)
            self._enter(window, here, move)
        distances = np.linalg.norm(features[window] - frame, axis=1)
        here += np.where(np.isnan(distances), self.strange, distances)
        self.total[self.window] = np.inf
        self.total[window], self.window = here, window
        self.lows[index], self.moves[index, : len(move)] = low, move
        self.best = low + int(here.argmin())

    def _within(self, window: slice) -> tuple[np.ndarray, np.ndarray]:
        """By going on in a sentence, or in speech of none."""
        of, states = self.template.of, np.arange(window.start, window.stop)
        uneven = UNEVEN * self.strange
        ways = np.full((3, len(states)), np.inf)
        ways[STAY] = self.total[window] + np.where(of[window] >= 0, uneven, 0.0)
        for step in (STEP, LEAP):
            before = np.maximum(states - step, 0)
            same = (of[before] == of[window]) & (of[window] >= 0)
            ways[step, same] = self.total[before[same]] + uneven * (step == LEAP)
        return ways.min(axis=0), ways.argmin(axis=0).astype(np.int8)

    def _enter(self, window: slice, here: np.ndarray, move: np.ndarray) -> None:
        """After a pause: a sentence after another, or after speech of none; or such speech."""
        for state in np.flatnonzero(self.template.of[window] < 0) + window.start:
            if state:
                self._take(here, move, state - window.start, self.total[state - 1], ENTER)
        first = self.template.first
        for sentence in np.flatnonzero((first >= window.start) & (first < window.stop)):
            for passed, before, cost in self._befores(int(sentence)):
                for strange, state in enumerate(self._ends(before)):
                    how = ENTER + 2 * passed + strange
                    target = int(first[sentence]) - window.start
                    self._take(here, move, target, self.total[state] + cost, how)

    def _befores(self, sentence: int) -> Iterator[tuple[int, int, float]]:
        """Number of sentences passed by, the one before them, what it costs to pass them."""
        cost = 0.0
        for passed in range(min(MOST_PASSED, sentence) + 1):
            before = sentence - 1 - passed
            yield passed, before, cost
            cost += PASSED_BY * self.strange * self.template.length(before) if before >= 0 else 0.0

    def _ends(self, sentence: int) -> tuple[int, int]:
        """The last state of a sentence, and that of speech of none after it."""
        end = self.template.end(sentence)
        return end, end + (sentence >= 0)

    @staticmethod
    def _take(here: np.ndarray, move: np.ndarray, target: int, cost: float, how: int) -> None:
        if cost < here[target]:
            here[target], move[target] = cost, how

    def states(self) -> np.ndarray:
        """The state of each frame on the way that cost least, [frames]; the text may end early."""
        spoken = self.template.of >= 0
        left = spoken.sum() - np.cumsum(spoken)  # frames of the text behind each state
        state = int(np.argmin(self.total + PASSED_BY * self.strange * left))
        found = np.zeros(len(self.lows), dtype=np.int64)
        for index in reversed(range(len(found))):
            found[index] = state
            state = self._before(state, int(self.moves[index, state - self.lows[index]]))
        return found

    def _before(self, state: int, move: int) -> int:
        if move < ENTER:
            return state - move
        sentence = int(self.template.of[state])
        if sentence < 0:
            return state - 1
        passed, strange = divmod(move - ENTER, 2)
        return self._ends(sentence - 1 - passed)[strange]
