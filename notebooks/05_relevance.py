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
import numpy as np
import pandas as pd
from intonation import explain, load_model, open_corpus, plots
from intonation.book.drawing import Results, choose_utterances
from intonation.book.prose import choice, say
from intonation.book.run_folder import RunFolder
from intonation.evaluation.ranking_intervals import UtteranceSums, save_sums
from intonation.files import write_csv
from intonation.labels.taxonomy import LEVELS
from intonation.labels.words import in_words
from intonation.lrp import ranking
from intonation.lrp.ranking import input_groups
from intonation.lrp.selections import ids_with, word
from intonation.lrp.store import explain_utterances, read_store
from intonation.model.prediction import predict
from intonation.parameters import from_notebook
from intonation.plots.rankings import AGGREGATE_TITLES
from IPython.display import display

# %%
chosen = from_notebook(globals())
run = RunFolder(run_folder)
results = run.results(target)

# %% [markdown]
# Layer-wise relevance propagation with the Z rule {cite:p}`bach2015` hands the predicted value back
# through the network, layer by layer, to the inputs. For `semitones` the answer reads: *this feature
# moved F0 by so many semitones in this frame*. What no input explains stays with the biases; it is
# reported, not hidden. See [](/book/notation.md).

# %%
corpus, model = open_corpus(run.corpus), load_model(run.model(target))
test_ids, inputs = corpus.ids("test"), list(model.config.inputs)
unit = model.config.meaning.unit

# %% [markdown]
# ## One word
#
# Why does the network give the first word of a test sentence the F0 that it gives? Asked are the
# word's voiced frames; where labels tell no words, those of the whole sentence.


# %%
def first_word(utterance):
    return word(utterance, 0) & utterance.voiced


told = ids_with(corpus, test_ids, first_word)
utterance = corpus[(told or test_ids)[0]]
asked = first_word(utterance) if told else utterance.voiced
explanation = explain(model, utterance, frames=asked)

# %%
print(utterance.text)
frames, features = explanation.values.shape
summed = predict(model, utterance)[asked].sum()
print(f"frames asked: {asked.sum()}; relevance: {frames} frames × {features:,}")
print(f"predicted, summed: {summed:.4f} {unit}")
print(f"explained:         {explanation.explained:.4f} {unit}")

# %% [markdown]
# Relevance has a row for every frame and a column for every feature, because a causal network may
# look back from the word. Added up over frames, these features moved the word most; with all others
# and with what the biases absorbed they make up the predicted sum:

# %%
relevance = pd.Series(explanation.values.sum(axis=0), index=inputs)
parts = relevance[relevance.abs().nlargest(8).index]
parts["all other features"] = relevance.sum() - parts.sum()
parts["absorbed by biases"] = explanation.absorbed
parts["sum"] = parts.sum()

# %%
per_frame = parts / asked.sum()
table = pd.DataFrame({f"{unit}, summed": parts, f"{unit} per frame": per_frame})
table.style.format(precision=4).format_index(escape="html")

# %% [markdown]
# ## Every test utterance
#
# Explained over all frames that count, and stored, small enough for thousands of utterances; all that
# follows, here and in the next chapters, is computed from the store.

# %% tags=["remove-output"]
conservation = explain_utterances(model, corpus, test_ids, results.relevance)
write_csv(results.conservation, conservation)

# %% [markdown]
# ## Does it add up?
#
# Relevance of the inputs plus what the biases absorbed must give the explained output. The three are
# computed independently of each other; the gap is rounding in 32 bits.

# %%
conservation.head(8).style.hide().format(precision=4, escape="html")

# %% tags=["hide-input"]
totals = conservation[["explained", "relevance", "absorbed", "gap"]].sum()
gap = conservation["gap"].abs()
relative = gap / conservation["explained"].abs().clip(lower=1e-9)
say(f"""Over {len(conservation)} test utterances: explained {totals["explained"]:,.0f}, relevance
{totals["relevance"]:,.0f}, absorbed by biases {totals["absorbed"]:,.0f} {unit}. The largest gap of an
utterance is {gap.max():.2g} ({relative.max():.1e} of its output).""")

# %% [markdown]
# ## One sentence
#
# Green pushed F0 up, pink pushed it down, on a scale that is linear near zero and logarithmic
# beyond. A row is a category of features, its mean in every frame; words and phones stand under the
# time axis. Look down a column to see what made F0 high or low there, and along a row to see where a
# category acts: some colour a syllable, others a whole phrase.

# %%
drawn = Results(run, target)
shown = choose_utterances(drawn.errors.reset_index(), figures)
middle = shown[len(shown) // 2]

# %% tags=["answer"]
figure = drawn.group_heatmap(middle, "general")
plots.show(figure, results.figure("relevance", "general", middle))

# %% [markdown]
# ## Feature by feature
#
# A row for every feature, banded by category, in utterances evenly spread from the best predicted to
# the worst. Open one: a band that is coloured throughout holds many features that say the same.

# %% tags=["shut"]
for utterance_id in shown:
    view = drawn.view(utterance_id)
    display(
        choice(f"{view.errors['rmse_semitones']:.2f} semitones: {view.title}")
    )
    figure = drawn.feature_heatmap(utterance_id)
    path = results.figure("relevance", "features", utterance_id)
    display(plots.show(figure, path))

# %% [markdown]
# ## The same utterance at every level of abstraction
#
# Each row is the mean over a group's features; from the first level to the last the rows become
# fewer questions each. `make figures OUT=…` draws this for every test utterance.

# %% tags=["shut"]
for level in LEVELS:
    if corpus.questions.groups(level.slug):
        display(choice(f"{level.number} · {level.title}"))
        figure = drawn.group_heatmap(middle, level.slug)
        path = results.figure("relevance", level.slug, middle)
        display(plots.show(figure, path))

# %% [markdown]
# ## Over the test set
#
# All test utterances laid over each other by frame index, as in the study: sum, absolute sum, sums of
# positive and of negative values, and the mean of each. The sum, in three lines:

# %%
frames = corpus.table.set_index("id").loc[test_ids, "frames"]
stored = (results.relevance, model, corpus, test_ids)

# %%
total = np.zeros((frames.max(), len(inputs)))
for _, relevance in read_store(*stored):
    total[: len(relevance.values)] += relevance.values

# %% [markdown]
# `Aggregator` keeps what all eight are made of, `UtteranceSums` what later tells how sure they are:

# %% tags=["remove-output"]
aggregator, sums = (
    ranking.Aggregator(len(inputs)),
    UtteranceSums(len(inputs), frames),
)
for _, relevance in read_store(*stored):
    aggregator.add(relevance.values)
    sums.add(relevance.values)
ranking.save_aggregates(results.aggregates, aggregator, inputs)
save_sums(results.sums, sums)

# %%
np.allclose(total, aggregator.aggregate("sum"))

# %% [markdown]
# Utterances differ in tempo and length, so only their beginnings really line up; chapter 7 lays them
# over each other by their words and phrases. Towards the right the picture rests on fewer and fewer
# utterances, as the grey line above it tells.

# %% tags=["shut"]
groups = input_groups(corpus.questions, "general", vuv=model.config.uses_vuv)
for name in ranking.AGGREGATES:
    display(choice(AGGREGATE_TITLES[name]))
    figure = plots.aggregate_heatmap(
        aggregator.aggregate(name),
        groups,
        title=f"over the test set: {AGGREGATE_TITLES[name]}",
        label=f"relevance ({unit})",
        utterances_per_frame=aggregator.utterances_per_frame,
    )
    display(plots.show(figure, results.figure("aggregates", name)))

# %% [markdown]
# ## What was seen

# %% tags=["hide-input", "answer"]
share = 100 * totals["absorbed"] / totals["explained"]
constant = """With ln F0 near 5 in every voiced frame, the constant part of the output has nowhere
else to go."""
say(f"""The biases absorbed {share:.1f} % of the summed output; the inputs' relevance sums to
{100 - share:.1f} % of it. {constant if target == "log_f0" else ""}""")

# %% [markdown]
# ## What this does not show
#
# Relevance explains the model, not the language. Correlated features share relevance in a way that
# nothing here can tell apart, and one seed is one model.
#
# ## Exercises
# Selections of frames are in `intonation.lrp.selections`.
#
# 1. Explain the last syllable of each phrase of a sentence, `explain(model, u,
#    frames=last_syllables(u), per="phone")`, and add the features up by group (`group_matrix` and
#    `input_groups` from `intonation.lrp.ranking`). Which groups lift the end, which lower it, and
#    what is missing to the predicted sum?

# %% tags=["solution"]
from intonation.lrp.ranking import group_matrix
from intonation.lrp.selections import last_syllables

if told:
    ends = last_syllables(utterance) & utterance.voiced
    ends = ends if ends.any() else asked
    found = explain(model, utterance, frames=ends, per="phone")
    sums = group_matrix(found.values, groups, statistic="sum").sum(axis=0)
    by_group = pd.Series(sums, map(in_words, groups)).sort_values()
    by_group = pd.concat([by_group.head(3), by_group.tail(3)])
    by_group["absorbed by biases, the part missing"] = found.absorbed
    display(
        by_group.to_frame(f"{unit}, summed")
        .style.format(precision=3)
        .format_index(escape="html")
    )
    rest = predict(model, utterance)[ends].sum() - found.absorbed - sums.sum()
    print(f"predicted sum minus all groups and biases: {rest:.1e}")

# %% [markdown]
# 2. Explain a phrase, then each of its words, and add up what the words got. What of the phrase is
#    left for the pauses?

# %% tags=["solution"]
from intonation.lrp.selections import phrase, units

if told:
    whole = explain(model, utterance, frames=phrase(utterance, 0)).values
    numbers = units(utterance.labels)
    within = np.unique(numbers.word[numbers.phrase == 0])
    parts = sum(
        explain(model, utterance, frames=word(utterance, int(n))).values
        for n in within
        if (word(utterance, int(n)) & utterance.voiced).any()
    )
    # a pause belongs to no phrase, and what is not voiced is not explained
    left = abs(whole - parts).max()
    print(f"words: {len(within)}; largest difference: {left:.1e} {unit}")

# %% [markdown]
# 3. Explain the first word by another rule, such as `rule="epsilon"` or `rule="gamma"`. What changes,
#    the explained sum or how it is shared out?

# %% tags=["solution"]
rules = {}
for rule in ("z", "epsilon", "gamma"):
    found = explain(model, utterance, frames=asked, rule=rule)
    rules[rule] = {
        "explained": found.explained,
        "relevance": found.values.sum(),
        "absorbed": found.absorbed,
        "size of relevance": abs(found.values.sum(axis=0)).sum(),
    }
# the sum stays; the rules share it out differently
pd.DataFrame(rules).T.rename_axis("rule").style.format(precision=3)
