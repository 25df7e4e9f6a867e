# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5 · Relevance
#
# **Which features push F0 up here, and which push it down?**
#
# Reads: `corpus/`, `model/<target>/`, `results/<target>/errors.csv`. Writes:
# `results/<target>/relevance/`, `results/<target>/aggregates.npz`,
# `results/<target>/utterance_sums.npz`, `results/<target>/conservation.csv`,
# `results/<target>/figures/`. Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"
target = "semitones"
figures = 12

# %% tags=["hide-input"]
from pathlib import Path

from intonation import plots
from intonation.book.drawing import Results, choose_utterances
from intonation.corpus.corpus import open_corpus
from intonation.evaluation.ranking_intervals import UtteranceSums, save_sums
from intonation.files import write_csv
from intonation.labels.taxonomy import LEVELS
from intonation.lrp.ranking import (
    AGGREGATES,
    Aggregator,
    input_groups,
    save_aggregates,
)
from intonation.lrp.store import explain_utterances, read_store
from intonation.model.network import load_model
from intonation.parameters import from_notebook
from IPython.display import Markdown, display

chosen = from_notebook(globals())
run = Path(run_folder)
results_folder = run / "results" / target

# %% [markdown]
# Layer-wise relevance propagation with the Z rule {cite:p}`bach2015` hands the predicted value back
# through the network, layer by layer, to the inputs. For `semitones` the answer reads: *this feature
# moved F0 by so many semitones in this frame*. What no input explains stays with the biases; it is
# reported, not hidden. See [](/book/notation.md).

# %% tags=["remove-output"]
corpus, model = open_corpus(run / "corpus"), load_model(run / "model" / target)
store, ids = results_folder / "relevance", corpus.ids("test")
conservation = explain_utterances(model, corpus, ids, store)
write_csv(results_folder / "conservation.csv", conservation)

# %% [markdown]
# Every explanation is stored, small enough for thousands of utterances; all that follows, here and
# in the next chapters, is computed from the store.

# %% tags=["remove-output"]
inputs = list(model.config.inputs)
frames = corpus.table.set_index("id").loc[ids, "frames"]
aggregator, sums = Aggregator(len(inputs)), UtteranceSums(len(inputs), frames)
for _, relevance in read_store(store, model, corpus, ids):
    aggregator.add(relevance.values)
    sums.add(relevance.values)
save_aggregates(results_folder / "aggregates.npz", aggregator, inputs)
save_sums(results_folder / "utterance_sums.npz", sums)

# %% [markdown]
# ## Does it add up?
#
# Relevance of the inputs plus what the biases absorbed must give the explained output. The three are
# computed independently of each other; the gap is rounding in 32 bits.

# %% tags=["hide-input"]
totals = conservation[["explained", "relevance", "absorbed", "gap"]].sum()
relative = (
    conservation["gap"].abs() / conservation["explained"].abs().clip(lower=1e-9)
).max()
display(
    Markdown(
        f"Over {len(conservation)} test utterances: explained {totals['explained']:.4g}, relevance "
        f"{totals['relevance']:.4g}, absorbed by biases {totals['absorbed']:.4g}. The largest gap of an "
        f"utterance is {conservation['gap'].abs().max():.2g} ({relative:.1e} of its output)."
    )
)
conservation.head(8).style.hide().format(precision=4)

# %% [markdown]
# ## Utterance by utterance
#
# Green pushed F0 up, pink pushed it down, on a scale that is linear near zero and logarithmic
# beyond. Features are banded by category; under each heatmap's time axis lie words and phones.

# %%
results = Results(run, target)
shown = choose_utterances(results.errors.reset_index(), figures)
for utterance_id in shown:
    figure = results.feature_heatmap(utterance_id)
    path = results.figures / "relevance" / "features" / f"{utterance_id}.png"
    display(plots.show(figure, path))

# %% [markdown]
# ## The same utterance at every level of abstraction
#
# Each row is the mean over a group's features. `make figures OUT=…` draws this for every test
# utterance.

# %%
middle = shown[len(shown) // 2]
for level in LEVELS:
    if corpus.questions.groups(level.slug):
        display(Markdown(f"**{level.number} · {level.title}**"))
        figure = results.group_heatmap(middle, level.slug)
        path = results.figures / "relevance" / level.slug / f"{middle}.png"
        display(plots.show(figure, path))

# %% [markdown]
# ## Over the test set
#
# All test utterances laid over each other by frame index, as in the study: sum, absolute sum, sums of
# positive and of negative values, and the mean of each. Utterances differ in tempo and length, so
# only their beginnings really line up; chapter 7 lays them over each other by their words and phrases.

# %%
groups = input_groups(corpus.questions, "general", vuv=model.config.uses_vuv)
for name in AGGREGATES:
    figure = plots.aggregate_heatmap(
        aggregator.aggregate(name),
        groups,
        title=f"{name.replace('_', ' ')} over the test set",
        label=f"relevance ({results.unit})",
        utterances_per_frame=aggregator.utterances_per_frame,
    )
    path = results.figures / "aggregates" / f"{name}.png"
    display(plots.show(figure, path))

# %% [markdown]
# ## What was seen

# %% tags=["hide-input"]
share = totals["absorbed"] / totals["explained"]
display(
    Markdown(
        f"The biases absorbed {100 * share:.1f} % of the summed output; the inputs' relevance sums to "
        f"{100 * (1 - share):.1f} % of it. "
        + (
            "With ln F0 near 5 in every voiced frame, the constant part of the output has nowhere else to go."
            if target == "log_f0"
            else ""
        )
    )
)

# %% [markdown]
# **What this does not show.** Relevance explains the model, not the language. Correlated features
# share relevance in a way that nothing here can tell apart, and one seed is one model.
#
# **Exercises.** In a question, which rows turn green at the end? Explain only its first word:
# `explain(model, u, frames=word(u, 0))` with `word` from `intonation.lrp.selections`; then by another
# `rule`.
