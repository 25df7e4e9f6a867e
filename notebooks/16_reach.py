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
# # 16 · How close
#
# **How close does a model come?**
#
# Reads: `corpus/`, `features/`, `results/ceiling/`, `results/<target>/errors.csv`. Writes:
# `results/reach/accuracy.csv`, `results/reach/ablation.csv`, `results/reach/frames.csv`,
# `results/reach/errors.csv`, `results/reach/speakers.csv`, `results/reach/figures/`. Time: TIME_TAKEN.
#
# Chapter 4 judges a network on a tenth of the sentences. Where that is nine sentences, nobody can tell a
# better model from a lucky one. Here every sentence is predicted once, by models that learnt from
# other sentences only, whoever read them.

# %% tags=["parameters"]
run_folder = "build/default"
cpu_count = 1
seed = 1
small_hidden_size = 32
dropout = 0.2
input_dropout = 0.5
weight_decay = 0.0
resamples = 1000
law_learning_rate = 0.005
law_batch_size = 16
reach_folds = 5
reach_seeds = 2
reach_epochs = 8
reach_trees = 30
reach_ablation_folds = 1
reach_shape = "none"
reach_shape_weight = 1.0
reach_pretrained_on = ""
reach_tuned = 12
reach_ablations = ""

# %% tags=["hide-input"]
import numpy as np
import pandas as pd
from intonation import open_corpus, plots
from intonation.book.prose import headed, say
from intonation.book.run_folder import RunFolder
from intonation.corpus.features import load_features
from intonation.evaluation.people.shares import (
    endless_readers,
    levelled_name,
    network_name,
)
from intonation.evaluation.people.shares import (
    predictors as tested_by,
)
from intonation.evaluation.reach import by_seed, judged, networks, tables
from intonation.evaluation.reach.explained import relevance
from intonation.evaluation.reach.folds import folds
from intonation.evaluation.reach.spoken import (
    errors,
    read_spoken,
    told_apart,
)
from intonation.evaluation.reach.taught.before import read_before
from intonation.evaluation.reach.yardsticks import fit_line
from intonation.files import write_csv
from intonation.parameters import TARGETS, from_notebook
from sklearn.linear_model import Ridge

# %%
chosen = from_notebook(globals())
run = RunFolder(run_folder)
results = run.results("reach")
drawing = {"resamples": resamples, "seed": seed}
WANTED = 3.0

# %% tags=["remove-output"]
corpus, features = open_corpus(run.corpus), load_features(run.features)
columns = told_apart(features)
names = [features.questions[column] for column in columns]
spoken = read_spoken(corpus, features, columns)
parts = folds(spoken, reach_folds, seed)
before = read_before(reach_pretrained_on, names, spoken, chosen)

# %% [markdown]
# The sentences are cut into folds. What is told of a speaker (mean, median and standard deviation of
# F0) is measured on the folds that are learnt from, as everything else. Choices are made there, too:
# ridge's penalty on some of these sentences, held back.

# %% tags=["hide-input"]
sentences = len({one.sentence for one in spoken})
say(f"""{len(spoken)} utterances of {sentences} sentences by
{plots.counted(corpus.table["speaker"].nunique(), "speaker")}, in {len(parts)} folds. {len(names)} of {len(features.questions)} questions tell any two
phones apart that no other question does.""")

# %% tags=["remove-output"]
found = judged.predict_all(parts, names, chosen, results / "networks", before)
shares = judged.shares_by_id(parts, found)
predictors = judged.assembled(found, shares, chosen)
table = judged.error_table(spoken, predictors)
write_csv(results / "errors.csv", table)

# %% [markdown]
# ## Who comes how close
#
# RMSE over voiced frames, mean of all utterances. The dashed line is the ceiling of chapter 15, what
# endlessly many other readers would predict, where people read the same sentences.

# %%
ORIGINAL = f"{networks.ORIGINAL.name}, by phone"
several = by_seed.by_seed(found, shares, spoken, chosen)
told = (table, list(predictors), judged.RIDGE)
accuracy = tables.compared(*told, **drawing, seeds=several)
accuracy["seeds"] = by_seed.seeds_behind(predictors, ORIGINAL, chosen)
endless = endless_readers(run.results("ceiling") / "ceiling.csv")
ceiling = np.nan if endless is None else float(endless["rmse_semitones"])
accuracy["share_of_explainable"] = tables.explained_share(
    accuracy, judged.MEDIAN, ceiling
)
write_csv(results / "accuracy.csv", accuracy)

# %% tags=["answer"]
figure = plots.interval_figure(
    accuracy,
    title="Error on sentences never learnt from",
    label="RMSE (semitones)",
    row="predictor",
    value="rmse_semitones",
    reference=ceiling,
    reference_label="ceiling" if np.isfinite(ceiling) else "",
    zero=None,
)
plots.show(figure, results.figure("accuracy"))

# %%
shown = accuracy.drop(columns=["utterances", "sentences"])
headed(shown).style.hide().format(precision=3, na_rep="–")

# %% [markdown]
# *Against ridge* is by how many per cent the mean error lies above (+) or below (−) that of ridge with
# the speaker's range, on the same utterances. Intervals draw sentences, with all their readings; where
# there are networks from several *seeds*, these are drawn as well, and the error of one network is the
# mean of all seeds. From few seeds such intervals are too narrow rather than too wide; a row from one seed
# has an interval over sentences alone.
# *Ridge, then of each speaker* is another yardstick: ridge once more, for each speaker alone, on what
# ridge for all left in sentences that it did not learn from. *The original's kind* is a small network as in chapter 3, over phones: it looks back only, learns
# semitones, and says one step per phone. It is trained from one seed. *Gradient boosting* is only a
# yardstick: no relevance is computed for it.
#
# ## The network of chapter 3
#
# The original's kind above says one number a phone. Chapter 3 trains it as the original was, frame by
# frame; it was judged on its test sentences only. On these, sentence by sentence beside the others, which
# learnt from about as many sentences of the other folds:

# %%
kept = {target: run.results(target).errors for target in TARGETS}
kept = {name: pd.read_csv(p, dtype={"id": str}) for name, p in kept.items()}
frames = tested_by({network_name(name): known for name, known in kept.items()})
asked = map(levelled_name, map(network_name, TARGETS))
asked = [network_name(TARGETS[0]), *(name for name in asked if name in frames)]
mixed = tables.with_frames(table, frames, asked)

# %%
asked += [ORIGINAL, judged.RIDGE, judged.BOOSTING, judged.RECIPE]
on_test = tables.compared(mixed, asked, judged.RIDGE, **drawing)
write_csv(results / "frames.csv", on_test)
shown = on_test.drop(columns=["utterances"])
headed(shown).style.hide().format(precision=3, na_rep="–")

# %% [markdown]
# Each of these is from one seed but the last; intervals are over the test sentences alone.
#
# ## How
#
# The recipe has six parts. It was put together on the six speakers of one Polish corpus and is the same for all.
#
# - **The speaker's range.** What is learnt is F0 as part of the speaker's standard deviation; it is
#   multiplied back at the end. Who moves widely is predicted to move widely.
# - **Both sides.** The network sees six phones before and six after. A fall begins before its
#   boundary, and an accent before its vowel.
# - **Each speaker last.** After a network has learnt from all, copies of it learn a little longer, each
#   from one speaker with at least twelve sentences. What speakers do alike takes many sentences to learn; what
#   one does otherwise, few. Whether the copies are used is decided on sentences that are held back.
# - **Between phones.** One number a phone, and straight lines from the middle of a phone to that of the
#   next. Voices do not climb stairs.
# - **Several seeds.** The mean of networks errs less than a network does: where they differ, not all of them can be right.
# - **Ridge beside them.** The prediction is a weighted sum of the networks and ridge, a straight path
#   from answers to F0. Each network leaves out other sentences of those learnt from; on these its best
#   epoch is chosen, and the share that the networks have in the sum.
#
# So relevance can be computed for the whole: the relevance of a weighted sum is the weighted sum of
# relevances, and that of ridge is answer times weight. For one utterance, in parts of the range:

# %% tags=["remove-output"]
fold, first = parts[0], found.recipe[0][0]
line, one = fit_line(fold, ranged=True), fold.test[0]
model = first.of(one.speaker)

# %%
why = relevance([model], line, one, share=found.shares[0])
by_answers = pd.Series(why.values.sum(axis=0), index=names)
strongest = by_answers.abs().sort_values(ascending=False).index[:5]
shown = by_answers[strongest].rename("relevance").rename_axis("question")
shown.reset_index().style.hide().format(precision=3, escape="html")

# %%
say(f"""Relevance of all answers {why.values.sum():.4f}, absorbed by biases {why.absorbed:.4f},
together {why.values.sum() + why.absorbed:.4f}; the prediction is {why.explained:.4f}.""")

# %% [markdown]
# Ridge by hand: the package adds up products of answers once, and solves for every penalty;
# scikit-learn, given the same phones and the chosen penalty, must say the same.

# %%
inputs = np.concatenate([x.answers for x in fold.training]).astype(float)
target = np.concatenate([line.scale.down(x) for x in fold.training])
weight = np.concatenate([x.weight for x in fold.training])
by_hand = Ridge(alpha=line.penalty).fit(inputs, target, sample_weight=weight)
off = np.abs(by_hand.predict(one.answers.astype(float)) - line.predict(one))
say(
    f"The penalty is {line.penalty:g}; the two differ by {off.max():.5f} at most."
)

# %% [markdown]
# ## What helped
#
# Each row is the recipe but for one thing, on the sentences for which such networks were trained, from
# one seed fewer than above where there are several; the first is the recipe itself, on the same
# sentences and from as many seeds.

# %%
tried = judged.attempts(found, shares, chosen)
tried = tried or {judged.RECIPE: predictors[judged.RECIPE]}
few = [one for one in spoken if one.id in tried[judged.RECIPE]]
ridge = {judged.RIDGE: predictors[judged.RIDGE]}
attempted = judged.error_table(few, tried | ridge)

# %%
asked = [*tried]
ablation = tables.compared(attempted, asked, judged.RIDGE, **drawing)
beside = tables.compared(attempted, asked, judged.RECIPE, **drawing)
for column in tables.AGAINST:
    ablation[
        column.replace("ridge", "recipe").replace("against_", "recipe_", 1)
    ] = beside[column]
ablation["seeds"] = judged.seeds_of(networks.TRIED[0], chosen)
write_csv(results / "ablation.csv", ablation)

# %%
figure = plots.interval_figure(
    ablation,
    title="The recipe, and what differs from it in one thing",
    label="error against ridge (%)",
    row="predictor",
    value=tables.AGAINST[0],
    low=tables.AGAINST[1],
    high=tables.AGAINST[2],
)
plots.show(figure, results.figure("ablation"))

# %% [markdown]
# Two things are built and left off, because they did not help where they were tried: a loss that cares about
# shape (`reach_shape`: steps from phone to phone, the error without the level of the utterance, or the
# correlation), and learning from another corpus first (`reach_pretrained_on`; what both are asked by
# the same name is carried over, and sentences that are judged here are left out there).
# What ending with each speaker (`reach_tuned`) brings, the row *one network for all speakers* says.
#
# `reach_ablations=shape` adds a row for each loss; what a parameter turns on has a row without it.
#
# What each step of the recipe adds stands in the table above, from *ridge on labels* to *networks and
# ridge*. By speaker:

# %%
steps = [judged.MEDIAN, judged.RIDGE, judged.ENSEMBLE, judged.RECIPE]
by_speaker = tables.speakers_table(table, steps)
write_csv(results / "speakers.csv", by_speaker.reset_index())
by_speaker.style.format(precision=2)

# %% [markdown]
# ## What was seen

# %% tags=["hide-input", "answer"]
rows = accuracy.set_index("predictor")
ours, best = rows.loc[judged.RECIPE], rows["rmse_semitones"].idxmin()
held = tables.verdict(ours, wanted=WANTED)
far = f"""Of what can be explained it explains {100 * ours["share_of_explainable"]:.0f} %, ridge
{100 * rows.loc[judged.RIDGE, "share_of_explainable"]:.0f} %."""
alone = """How far people agree is not known here, so nobody can say how much is left to explain."""
say(
    f"""**Networks and ridge together** err by {ours["rmse_semitones"]:.3f} semitones (r
{ours["correlation"]:.2f}), ridge with the speaker's range by
{rows.loc[judged.RIDGE, "rmse_semitones"]:.3f}. {held} The lowest error has *{best}*.""",
    far if np.isfinite(ceiling) else alone,
)

# %% tags=["hide-input"]
by = rows["rmse_semitones"]
say(f"""From step to step, in semitones: ridge {by[judged.PLAIN]:.3f}, with the range
{by[judged.RIDGE]:.3f}, with lines between phones {by[judged.LINES]:.3f}; one network, in steps,
{by[judged.STEPS]:.3f}, with lines {by[judged.SINGLE]:.3f}, the mean of {plots.counted(reach_seeds, "seed")}
{by[judged.ENSEMBLE]:.3f}, with ridge beside it {by[judged.RECIPE]:.3f}; the networks' share was
{min(found.shares):.1f} to {max(found.shares):.1f}. Boosting reached
{by[judged.BOOSTING]:.3f}, the original's kind {by[ORIGINAL]:.3f}.""")
frame = on_test.iloc[0]
off, low, high = frame[[*tables.AGAINST]]
sure = f"({low:+.1f} to {high:+.1f})" if np.isfinite(low) else "(one sentence)"
say(f"""The network of chapter 3, frame by frame, errs by {frame["rmse_semitones"]:.3f} semitones on the
{frame["sentences"]} test sentences, {off:+.1f} % {sure} beside ridge with the speaker's range.""")

# %% tags=["hide-input"]
own, told = judged.OWN_LINES, ""
if own in by:
    fair = tables.compared(table, [judged.RECIPE], own, **drawing)
    off, low, high = fair.loc[0, [*tables.AGAINST]]
    told = f"""What a speaker does otherwise than the others, ridge can learn, too: *{own}* errs
    by {by[own]:.3f} semitones, and beside it the recipe's error is {off:+.1f} %
    ({low:+.1f} to {high:+.1f})."""
say(told)

# %% [markdown]
# ## What this does not show
#
# The networks are small and see one row per phone, not frames. How high and how widely a speaker speaks is known here from
# the speaker's other sentences; for a voice that was never heard it is not. An error in semitones says
# nothing about how a contour sounds. What can be explained is what other readers of a sentence know of
# it: a network that knows what a speaker does otherwise can explain more than 100 % of that.
#
# ## Exercises
# 1. How much of the recipe's error is the level of whole utterances? Take the mean error of each
#    utterance away.

# %% tags=["solution"]
left, whole = [], []
for one in spoken:
    told, voiced = predictors[judged.RECIPE][one.id], one.voiced
    level = (one.semitones - told)[voiced].mean()
    left.append(errors(one, told + level)["rmse_semitones"])
    whole.append(errors(one, told)["rmse_semitones"])
print(f"{np.mean(whole):.3f}, without level {np.mean(left):.3f} semitones")

# %% [markdown]
# 2. By what share of the networks would the error have been least? (It was not chosen so: these are the
#    sentences that are judged.)

# %% tags=["solution"]
mean = predictors[judged.ENSEMBLE]
straight = predictors[judged.LINES]
for share in (0.0, 0.25, 0.5, 0.75, 1.0):
    same = dict.fromkeys(mean, share)
    mixed = judged.beside_ridge(mean, straight, same)
    rmse = judged.error_table(spoken, {"mixed": mixed})["rmse_semitones"].mean()
    print(f"share {share:.2f}: {rmse:.3f} semitones")

# %% [markdown]
# 3. In what part of the utterances are lines between phones nearer to the voice than steps, ridge's
#    numbers being the same?

# %% tags=["solution"]
wide = table.pivot(index="id", columns="predictor", values="rmse_semitones")
nearer = (wide[judged.LINES] < wide[judged.RIDGE]).mean()
steps = (wide[judged.SINGLE] < wide[judged.STEPS]).mean()
print(f"ridge: {100 * nearer:.0f} %, a network: {100 * steps:.0f} %")
