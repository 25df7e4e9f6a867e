"""Nothing is learnt from or chosen on the test split: who names it at all, and what for."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"[\"']test[\"']")
WHY = {
    "intonation/corpus/splits.py": "deals sentences out",
    "intonation/corpus/corpus.py": "says which splits there are",
    "intonation/model/small.py": "keeps it whole beside fewer utterances to learn from",
    "intonation/evaluation/stability.py": "explains it",
    "intonation/evaluation/recordings/jitter.py": "measures errors on it",
    "intonation/book/inspector/from_run.py": "shows it",
    "intonation/book/cluster/shard.py": "explains it, in parts",
    "intonation/book/metadata/card.py": "tells of it by its name",
    "notebooks/01_corpus.py": "shows an example, and that no sentence of it is learnt from",
    "notebooks/02_features.py": "shows an example, counts answers never seen in training",
    **{
        f"notebooks/{name}.py": "evaluates or explains a network that is trained already"
        for name in (
            *("04_predictions", "05_relevance", "06_rankings", "07_positions", "08_faithfulness"),
            *("09_seeds", "10_rule", "11_truth", "12_study", "14_quality", "18_together"),
        )
    },
}


def test_whoever_names_the_test_split_says_why():
    sources = [p for folder in ("intonation", "notebooks") for p in (ROOT / folder).rglob("*.py")]
    naming = {
        path.relative_to(ROOT).as_posix()
        for path in sources
        if NAMED.search(path.read_text(encoding="utf-8"))
    }
    assert naming == set(WHY), "code that names the test split, or does no longer"
