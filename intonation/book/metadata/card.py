"""Model cards: what a network was trained on, what it is for, and how far it can be believed.

Headings follow Mitchell et al. 2019, "Model cards for model reporting"; the lines before the first
are those that model hubs read. Everything that the card says of numbers comes from the run folder.

python -m intonation.book.metadata.card TARGET --run DIR --config JSON   (called by the Snakefile)
"""

import argparse
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from intonation.book.dependencies import Run
from intonation.book.run_folder import Results, RunFolder
from intonation.corpus.corpus import Corpus, open_corpus
from intonation.corpus.splits import UNUSED, sentence_keys
from intonation.errors import exit_code
from intonation.evaluation.people.shares import (
    CEILING,
    RIDGE,
    endless_readers,
    levelled_name,
    network_name,
    with_ceiling,
)
from intonation.evaluation.stability import accuracy_told
from intonation.files import write_text
from intonation.model.network import ModelConfig, load_model
from intonation.parameters import TARGETS
from intonation.plots.style import counted
from intonation.statistics import mean_interval

RESAMPLES = 1000
TYPES = {"?": "question", "!": "exclamation"}
USES = {"train": "training", "validation": "validation", "test": "test"}
CLOSING = " \t\"'”’»)…"  # may follow the mark that ends a sentence
MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|<>~&$-])")
FRONT = """---
language: pl
license: gpl-3.0
library_name: intonation
tags: [f0, intonation, temporal-convolutional-network, layer-wise-relevance-propagation]
metrics: [rmse, pearson correlation]
---
"""
USE = (
    "To study which linguistic features a predicted contour of F0 rests on, by relevance, and to "
    "predict contours for sentences like those of the corpus. Not meant for speech that is to be "
    "taken for a person's, nor to judge, recognise or assess speakers."
)
LIMITS = (
    "It knows what full-context labels say: no meaning, no context beyond the sentence, no "
    "emotion. A prediction is one rendering among several that a speaker may choose. Errors are "
    "over voiced frames; which frames are voiced is taken from the recording. What holds for the "
    "speakers and sentences of this corpus need not hold for others."
)
SYNTHETIC = "The voice is synthetic: learnt is the rule of a synthesiser, not the usage of people."


@dataclass(frozen=True)
class Card:
    """A model card: texts by their headings, tables of errors by what they are grouped by."""

    target: str
    texts: dict[str, str]
    tables: dict[str, pd.DataFrame]

    def markdown(self) -> str:
        """The whole card, as `card.md` holds it."""
        parts = [f"{FRONT}\n# Model card: F0 of Polish read speech, target `{self.target}`"]
        parts += [f"## {heading}\n\n{text}" for heading, text in self.texts.items()]
        parts += [
            f"## Errors {'' if by.startswith('on ') else 'by '}{by}\n\n{_pipes(table)}"
            for by, table in self.tables.items()
        ]
        return "\n\n".join(parts) + "\n"


def model_card(out: Path, target: str, *, synthetic: bool = False) -> Card:
    """The card of a run's network. Raises CorpusError, ModelError, OSError where one is missing.

    synthetic: whether the corpus was read by a synthesiser.
    """
    run = RunFolder(out)
    results, corpus = run.results(target), open_corpus(run.corpus)
    config = load_model(run.model(target)).config
    errors = pd.read_csv(results.errors, dtype={"id": str})
    history = pd.read_csv(run.model(target) / "history.csv")
    spoken = errors.merge(corpus.table[["id", "text"]], on="id", how="left")
    types = spoken["text"].fillna("").map(sentence_type)
    texts = {
        "Model": _told_model(config, history),
        "Data": _told_data(corpus, synthetic),
        "Intended use": USE,
        "Limits": f"{LIMITS} {SYNTHETIC}" if synthetic else LIMITS,
        "Errors": _told_errors(errors) + _told_seeds(results),
        "Ceiling": _told_ceiling(corpus, run, target),
    }
    tables = _errors_beside_others(run, target)
    tables["sentence type"] = _errors_by(errors, types, "sentence type")
    tables["speaker"] = _errors_by(errors, errors["speaker"].astype(str), "speaker")
    return Card(target, texts, tables)


def write_card(out: Path, target: str, *, synthetic: bool = False) -> Path:
    """Write the card beside the weights and return its path."""
    path = RunFolder(out).card(target)
    write_text(path, model_card(out, target, synthetic=synthetic).markdown())
    return path


def sentence_type(text: str) -> str:
    """`question`, `exclamation` or `statement`, by the mark that ends a text."""
    return TYPES.get(text.rstrip(CLOSING)[-1:], "statement")


def _told_model(config: ModelConfig, history: pd.DataFrame) -> str:
    best = history.loc[history["validation_loss"].idxmin()]
    direction = "causal" if config.causal else "not causal"
    return (
        f"A temporal convolutional network, {config.stacks} × {config.num_layers} residual blocks "
        f"of {config.hidden_size} channels, {direction}; {len(config.inputs):,} binary inputs per "
        f"phone, one output per frame of 5 ms, in {config.meaning.unit}. "
        f"Trained for {len(history)} epochs; the weights kept are those of epoch "
        f"{best['epoch']:.0f}, with a validation loss of {best['validation_loss']:.4g}."
    )


def _told_data(corpus: Corpus, synthetic: bool) -> str:
    table = corpus.table
    minutes = table.groupby("split")["seconds"].sum() / 60
    uses = {name: "unused" if name == UNUSED else f"for {USES[name]}" for name in minutes.index}
    parts = [f"{minutes[name]:.1f} minutes {use}" for name, use in uses.items()]
    voice = "read by a synthesiser" if synthetic else "recorded"
    speakers = counted(table["speaker"].nunique(), "speaker")
    left_out = counted(len(corpus.excluded), "recording") if len(corpus.excluded) else "None"
    return (
        f"{len(table)} utterances in Polish, {voice}, by {speakers}: "
        f"{', '.join(parts)}. A sentence is in one split only, whoever reads it. "
        f"{left_out} could not be used."
    )


def _told_errors(errors: pd.DataFrame) -> str:
    names = {"the network": "", "ridge on the same inputs": "ridge_"}
    names |= {"the speaker's median": "speaker_mean_"}
    told = [
        f"{name} {errors[f'{prefix}rmse_semitones'].mean():.2f} semitones "
        f"({errors[f'{prefix}rmse_hz'].mean():.1f} Hz)"
        for name, prefix in names.items()
    ]
    return (
        f"RMSE per utterance, mean of {len(errors)} test utterances, lower is better: "
        f"{'; '.join(told)}. Mean correlation {errors['correlation'].mean():.2f}, ridge "
        f"{errors['ridge_correlation'].mean():.2f}. Intervals below are of 95 %: over sentences "
        "beside others, and over seeds where chapter 16 has networks of several; over utterances "
        "by sentence type and speaker."
    ) + _told_level(errors)


def _told_level(errors: pd.DataFrame) -> str:
    """What a network that is not told who speaks gets wrong of the height alone."""
    if "levelled_rmse_semitones" not in errors:
        return ""
    moved = errors["levelled_rmse_semitones"].mean()
    return (
        " This network is not told who speaks, and ridge and median are. With the height of its "
        f"contours moved to each speaker's median, it errs by {moved:.2f} semitones."
    )


def _told_seeds(results: Results) -> str:
    """That there is one network, and what chapter 9 says of others."""
    one = " The network is from one seed, so intervals of its errors are over sentences alone."
    path = results.seeds / "accuracy.csv"
    return (
        f"{one} On the same sentences {accuracy_told(pd.read_csv(path))}" if path.is_file() else one
    )


def _told_ceiling(corpus: Corpus, run: RunFolder, target: str) -> str:
    """How well people predict people, which only sentences of several speakers can tell."""
    path = run.results("ceiling") / "ceiling.csv"
    best = endless_readers(path)
    if best is None:
        return _told_nothing(corpus)
    one = pd.read_csv(path).iloc[0]
    return (
        f"Readers of one sentence predict each other with {one['rmse_semitones']:.2f} semitones; "
        f"the mean of endlessly many would err by {best['rmse_semitones']:.2f} "
        f"({best['ci_low']:.2f} to {best['ci_high']:.2f}), correlation {best['correlation']:.2f}. "
        f"No prediction from text alone does better on average. {_told_share(run, target)}"
    ).strip()


def _told_nothing(corpus: Corpus) -> str:
    readers = corpus.table["speaker"].groupby(sentence_keys(corpus.table["text"])).nunique()
    shared = int((readers > 1).sum())
    few = f"{shared} of its sentences were read by several speakers, none by three, who would tell"
    return (
        "Not known for this corpus: "
        + (few if shared else "no sentence was read by two speakers, whose agreement would tell")
        + " how well any prediction from text can do."
    )


def _told_share(run: RunFolder, target: str) -> str:
    """Of the network and of ridge, on the test sentences that several people read."""
    models = _table(run.results("ceiling") / "models.csv").set_index("predictor")
    plain, moved = _names_of(target)
    names = {"the network": plain, "ridge": RIDGE}
    if moved in models.index:  # it is not told who speaks, and the others are
        names = {"the network, moved to the speaker's median,": moved, "ridge": RIDGE}
    if not {*names.values()} <= {*models.index} or models["share"].isna().all():
        return ""
    told = [
        f"{words} explains {row['share']:.0%} ({row['share_low']:.0%} to {row['share_high']:.0%})"
        for words, row in ((words, models.loc[name]) for words, name in names.items())
    ]
    return f"Of what can be explained on the test sentences, in mean squares: {', '.join(told)}."


def _table(path: Path) -> pd.DataFrame:
    """A table of chapter 15 or 16, empty where the chapter was not executed."""
    if path.is_file():
        return pd.read_csv(path)
    return pd.DataFrame(columns=["predictor", "share"], dtype=float)


def _errors_beside_others(run: RunFolder, target: str) -> dict[str, pd.DataFrame]:
    """Readers, baselines and networks: on the test sentences, and on sentences of all folds."""
    found = {}
    models = _table(run.results("ceiling") / "models.csv").set_index("predictor")
    others = {name for other in TARGETS for name in _names_of(other)} - {*_names_of(target)}
    if "rmse_semitones" in models:
        kept = models[~models.index.isin(others)]
        found["on the test sentences, beside others"] = _beside(kept)
    frames = _table(run.results("reach") / "frames.csv").set_index("predictor")
    if "rmse_semitones" in frames:
        learnt = "on the test sentences, beside what learnt from the other folds of chapter 16"
        found[learnt] = _beside(frames[~frames.index.isin(others)])
    folds = _table(run.results("reach") / "accuracy.csv").set_index("predictor")
    folds = folds.rename(columns={"share_of_explainable": "share"})
    if "rmse_semitones" in folds:
        best = endless_readers(run.results("ceiling") / "ceiling.csv")
        ceiling = pd.DataFrame() if best is None else best.to_frame(CEILING).T.assign(share=1.0)
        everyone = "on all sentences, each told by models that learnt from others (chapter 16)"
        found[everyone] = _beside(pd.concat([ceiling, folds]))
    return found


def _names_of(target: str) -> tuple[str, str]:
    name = network_name(target)
    return name, levelled_name(name)


def _beside(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a predictor, the ceiling's too where nobody can know it; errors with 95 % intervals."""
    rows = with_ceiling(rows.rename_axis("predictor").reset_index()).set_index("predictor")
    names = {"rmse_semitones": "RMSE (semitones)", "ci_low": "from", "ci_high": "to"}
    names |= {"correlation": "correlation", "share": "share of the explainable"}
    table = rows.reindex(columns=list(names)).astype(float).rename(columns=names)
    return table.rename_axis("who predicts")


def _errors_by(errors: pd.DataFrame, group: pd.Series, name: str) -> pd.DataFrame:
    rows = []
    for key, part in errors.groupby(group.to_numpy(), sort=True):
        mean, low, high = mean_interval(part["rmse_semitones"], resamples=RESAMPLES, seed=0)
        rows.append(
            {
                name: key,
                "utterances": len(part),
                "RMSE (semitones)": mean,
                "from": low,
                "to": high,
                "ridge's RMSE": part["ridge_rmse_semitones"].mean(),
                "correlation": part["correlation"].mean(),
            }
        )
    return pd.DataFrame(rows).set_index(name)


def _pipes(table: pd.DataFrame) -> str:
    """A table in Markdown; names from outside say nothing but themselves."""
    head = [table.index.name, *table.columns]
    rows = [
        [MARKUP.sub(r"\\\1", " ".join(str(key).split())), *map(_number, values)]
        for key, values in zip(table.index, table.to_numpy(dtype=object), strict=True)
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _number(value: float) -> str:
    if pd.isna(value):
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.2f}"


def main(arguments: list[str] | None = None) -> int:
    """Write the card of one network; 1 after an error."""
    parser = argparse.ArgumentParser(prog="python -m intonation.book.metadata.card")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--run", type=Path, required=True, help="run folder")
    parser.add_argument("--config", type=json.loads, default={}, help="source, profile, set")
    given = parser.parse_args(arguments)

    def work() -> None:
        write_card(given.run, given.target, synthetic=not Run.of(given.config).source)

    return exit_code(work)


if __name__ == "__main__":
    sys.exit(main())
