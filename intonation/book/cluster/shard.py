"""One shard of preparation or explanation: what a chapter would do itself, and then finds done.

    python -m intonation.book.cluster.shard prepare/hear 0_of_2 --run DIR --values '{"source": …}'
    python -m intonation.book.cluster.shard explain/semitones 1_of_2 --run DIR

Called by the rules of the Snakefile; every shard takes each n-th utterance. Nothing but the files
of the run folder passes between shards and chapters, so they may run on different machines.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from intonation.book.run_folder import RunFolder
from intonation.errors import exit_code
from intonation.files import write_text
from intonation.parameters import TARGETS

SUMMARY = __doc__.splitlines()[0]
PASSES = ("hear", "learn", "track")  # of preparation, each over all recordings before the next
Shard = tuple[int, int]  # which, of how many


def prepare(run: RunFolder, which: str, shard: Shard, values: dict[str, Any], jobs: int) -> None:
    """Do one pass of preparation for a shard; values: those of chapter 1's parameters."""
    from intonation.corpus.preparation import Asked, prepare_shard

    prepare_shard(values["source"], run.corpus, which, *shard, Asked.of(values), jobs=jobs)


def explain(run: RunFolder, target: str, shard: Shard) -> None:
    """Explain a shard of the test utterances."""
    from intonation import load_model, open_corpus
    from intonation.lrp.store import explain_shard

    corpus, (which, of) = open_corpus(run.corpus), shard
    ids = corpus.ids("test")[which::of]
    explain_shard(load_model(run.model(target)), corpus, ids, run.results(target).relevance)


def _work(given: argparse.Namespace) -> Callable[[], None]:
    run, (what, _, part) = RunFolder(given.run.resolve()), given.what.partition("/")

    def work() -> None:
        if what == "prepare":
            prepare(run, part, given.shard, given.values, given.threads)
        else:
            explain(run, part, given.shard)
        for mark in given.writes:
            write_text(run / mark, given.made_from)

    return work


def _shard(text: str) -> Shard:
    found = re.fullmatch(r"(\d+)_of_(\d+)", text)
    if not found or not int(found[1]) < int(found[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is no shard, such as 0_of_2 or 1_of_2")
    return int(found[1]), int(found[2])


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m intonation.book.cluster.shard")
    parser.description = SUMMARY
    choices = [*(f"prepare/{one}" for one in PASSES), *(f"explain/{one}" for one in TARGETS)]
    parser.add_argument("what", choices=choices)
    parser.add_argument("shard", type=_shard, help="0_of_2: the first of two")
    parser.add_argument("--run", type=Path, required=True, help="run folder")
    parser.add_argument("--values", type=json.loads, default={}, help="of the chapter, as JSON")
    parser.add_argument("--threads", type=int, default=1, help="processes that prepare")
    parser.add_argument("--made-from", default="", help="what the mark says")
    parser.add_argument("--writes", nargs="*", default=[], help="marks that it is done")
    return parser.parse_args(given)


def main(arguments: list[str] | None = None) -> int:
    """Do the work of a shard; 1 after an error, 130 after an interrupt."""
    return exit_code(_work(_arguments(arguments)))


if __name__ == "__main__":
    sys.exit(main())
