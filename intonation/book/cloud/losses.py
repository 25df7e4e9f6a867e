"""Losses of a training that another process does, as lines from which SageMaker reads metrics.

    with following(run.model("semitones") / "history.csv"):
        make_book(…)

prints `LOSS: 0.25;` and `VALIDATION: 0.31;` whenever an epoch ends.
"""

import contextlib
import csv
import threading
from collections.abc import Iterator
from pathlib import Path

# The pattern of the first is the study's. The name of the second does not end in that of the first,
# for patterns are searched anywhere in a line.
METRICS = {"train_loss": "LOSS", "validation_loss": "VALIDATION"}
PATTERNS = {name: f"{label}: (.*?);" for name, label in METRICS.items()}
EVERY_S = 0.5


class Follower:
    """Prints what is new in a table of losses, once it was written since this was made.

    A table from before may be of another training, which is about to begin anew.
    """

    def __init__(self, history: Path) -> None:
        self.history, self.told = history, 0
        self.before = self._stamp()

    def tell(self, *, anyway: bool = False) -> None:
        """Print the epochs not yet printed; anyway: also of a table that nobody wrote since."""
        if not anyway and self._stamp() in (self.before, None):
            return
        rows = self._rows()
        for row in rows[self.told :]:
            for name, label in METRICS.items():
                if row.get(name):
                    print(f"{label}: {row[name]};", flush=True)
        self.told = len(rows)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            status = self.history.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns

    def _rows(self) -> list[dict[str, str]]:
        try:
            with self.history.open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))
        except OSError:  # it is being replaced
            return []


@contextlib.contextmanager
def following(history: Path) -> Iterator[Follower]:
    """Print losses while the block is being executed, and the last of them at its end.

    A block that fails was perhaps never in the training: then a table from before stays untold.
    """
    follower, ended = Follower(history), threading.Event()

    def follow() -> None:
        while not ended.wait(EVERY_S):
            follower.tell()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    whole = False
    try:
        yield follower
        whole = True
    finally:
        ended.set()
        thread.join()
        follower.tell(anyway=whole)
