"""How boundary errors of a known size change F0 errors and rankings.

    python benchmarks/jitter.py [--sentences 120]

The embedded corpus, whose times are exact; every boundary is moved by normal errors of 0, 10, 20
and 40 ms. Small networks of two seeds learn from it and are explained. Written to
book/measured/jitter.csv.
"""

import argparse
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from intonation.corpus.features import build_features
from intonation.corpus.preparation import Asked, prepare_corpus
from intonation.evaluation.recordings.jitter import jitter_effects
from intonation.files import write_csv
from intonation.parameters import parameters

MEASURED = Path(__file__).parents[1] / "book" / "measured" / "jitter.csv"
DEVIATIONS_MS = (0.0, 10.0, 20.0, 40.0)
SEEDS = 2


def main() -> None:
    """Measure; print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=0, help="of the corpus; 0: all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    torch.set_num_threads(1)
    with TemporaryDirectory() as folder:
        asked = Asked(dataset_size_limit=given.sentences)
        corpus = prepare_corpus("", Path(folder, "corpus"), asked, jobs=given.jobs)
        chosen = parameters("default", {"seeds": SEEDS, "device": "cpu"})
        place = Path(folder, "networks")
        table = jitter_effects(corpus, build_features(corpus), chosen, place, DEVIATIONS_MS)
    table = table.assign(sentences=len(corpus), networks=SEEDS)
    print(table.to_string(index=False))
    write_csv(MEASURED, table)


if __name__ == "__main__":
    main()
