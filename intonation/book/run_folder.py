"""Every path of a run in one place.

    run = RunFolder("build/default")
    corpus = open_corpus(run.corpus)
    model = load_model(run.model("semitones"))
    errors = pd.read_csv(run.results("semitones").errors)

Nothing is opened here, so that a chapter depends on no more than it asks for.
"""

from __future__ import annotations

from pathlib import Path


def _below(path: str, meaning: str) -> property:
    """A path below the folder, and what is found there."""
    return property(lambda folder: folder / path, doc=meaning)


class _Folder:
    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def __fspath__(self) -> str:
        return str(self.path)

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"


class RunFolder(_Folder):
    """The folder of one run of the book, `OUT` of `make book`."""

    corpus = _below("corpus", "Labels, F0, recordings and tables, as `open_corpus` reads them.")
    features = _below("features/features.npz", "Answers per phone, as `load_features` reads them.")
    questions = _below("features/questions.csv", "What the columns of the features have to tell.")
    notebooks = _below("notebooks", "The chapters as executed.")
    static = _below("static", "Files that pages load: the inspector's data.")
    logs = _below("logs", "What the chapters printed while they were executed.")
    site = _below("site", "The book, its staged sources, and the log of its building.")
    record = _below("run.json", "Versions, parameters, corpus and times.")

    def model(self, target: str) -> Path:
        """Weights and configuration, as `load_model` reads them."""
        return self / "model" / target

    def card(self, target: str) -> Path:
        """What the model was trained on, what it is for, how far it can be believed."""
        return self.model(target) / "card.md"

    def results(self, of: str) -> Results:
        """Results of a target, or of a chapter about both: "rule", "truth", "study", "quality"."""
        return Results(self / "results" / of)


class Results(_Folder):
    """What a run found for one target."""

    errors = _below("errors.csv", "Errors of the prediction, per test utterance.")
    summary = _below("summary.csv", "The network beside its baselines.")
    relevance = _below("relevance", "Explanations of the test utterances, `<id>.npz`.")
    conservation = _below(
        "conservation.csv", "Explained output, relevance, what biases absorbed, per test utterance."
    )
    aggregates = _below("aggregates.npz", "Relevance added up over the test set, frame by frame.")
    sums = _below("utterance_sums.npz", "Relevance of each test utterance, over its frames.")
    rankings = _below("rankings", "Folder of `<aggregate>/<level>.csv`.")
    ways = _below("rankings_three_ways.csv", "Three ways to rank the same groups, side by side.")
    apart = _below("rankings_apart.csv", "Which neighbours in a ranking are really apart.")
    positions = _below("positions", "Where in utterance, phrase and word relevance lies.")
    faithfulness = _below("faithfulness", "Deletion, insertion, randomisation.")
    seeds = _below("seeds", "Smaller networks from several seeds, and their rankings.")
    figures = _below("figures", "Every figure, in folders by what it shows.")

    def ranking(self, aggregate: str, level: str) -> Path:
        """One ranking, such as ("abs_sum", "general")."""
        return self.rankings / aggregate / f"{level}.csv"

    def figure(self, *name: str) -> Path:
        """Path of one figure, such as ("f0", "pl0001")."""
        return self.figures.joinpath(*name[:-1], f"{name[-1]}.png")
