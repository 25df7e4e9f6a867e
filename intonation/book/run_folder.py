"""Every path of a run in one place.

    run = RunFolder("build/default")
    corpus = open_corpus(run.corpus)
    model = load_model(run.model("semitones"))
    errors = pd.read_csv(run.results("semitones").errors)

Nothing is opened here, so that a chapter depends on no more than it asks for.
"""

from __future__ import annotations

from pathlib import Path


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

    @property
    def corpus(self) -> Path:
        """Labels, F0, recordings and tables, as `open_corpus` reads them."""
        return self / "corpus"

    @property
    def features(self) -> Path:
        """Answers to the questions, per phone, as `load_features` reads them."""
        return self / "features" / "features.npz"

    @property
    def questions(self) -> Path:
        """What the columns of the features have to tell, as a table."""
        return self / "features" / "questions.csv"

    def model(self, target: str) -> Path:
        """Weights and configuration, as `load_model` reads them."""
        return self / "model" / target

    def results(self, of: str) -> Results:
        """Results of a target, or of a chapter about both: "rule", "truth", "study"."""
        return Results(self / "results" / of)

    @property
    def notebooks(self) -> Path:
        """The chapters as executed."""
        return self / "notebooks"

    @property
    def static(self) -> Path:
        """Files that pages load: the inspector's data."""
        return self / "static"

    @property
    def logs(self) -> Path:
        """What the chapters printed while they were executed."""
        return self / "logs"

    @property
    def site(self) -> Path:
        """The book, its staged sources, and the log of its building."""
        return self / "site"

    @property
    def record(self) -> Path:
        """Versions, parameters, corpus and times."""
        return self / "run.json"


class Results(_Folder):
    """What a run found for one target."""

    @property
    def errors(self) -> Path:
        """Errors of the prediction, per test utterance."""
        return self / "errors.csv"

    @property
    def summary(self) -> Path:
        """The network beside its baselines."""
        return self / "summary.csv"

    @property
    def relevance(self) -> Path:
        """Explanations of the test utterances, `<id>.npz`."""
        return self / "relevance"

    @property
    def conservation(self) -> Path:
        """Explained output, relevance, and what biases absorbed, per test utterance."""
        return self / "conservation.csv"

    @property
    def aggregates(self) -> Path:
        """Relevance added up over the test set, frame by frame."""
        return self / "aggregates.npz"

    @property
    def sums(self) -> Path:
        """Relevance of each test utterance, added up over its frames."""
        return self / "utterance_sums.npz"

    @property
    def rankings(self) -> Path:
        """Folder of `<aggregate>/<level>.csv`."""
        return self / "rankings"

    def ranking(self, aggregate: str, level: str) -> Path:
        """One ranking, such as ("abs_sum", "general")."""
        return self.rankings / aggregate / f"{level}.csv"

    @property
    def apart(self) -> Path:
        """Which neighbours in a ranking are really apart."""
        return self / "rankings_apart.csv"

    @property
    def positions(self) -> Path:
        """Where in utterance, phrase and word relevance lies."""
        return self / "positions"

    @property
    def faithfulness(self) -> Path:
        """Deletion, insertion, randomisation."""
        return self / "faithfulness"

    @property
    def seeds(self) -> Path:
        """Smaller networks from several seeds, and their rankings."""
        return self / "seeds"

    @property
    def figures(self) -> Path:
        """Every figure, in folders by what it shows."""
        return self / "figures"

    def figure(self, *name: str) -> Path:
        """Path of one figure, such as ("f0", "pl0001")."""
        return self.figures.joinpath(*name[:-1], f"{name[-1]}.png")
