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
# # 15 · How good can it get?
#
# **How well do people who read the same sentence predict each other?**
#
# Reads: `corpus/`, `results/<target>/errors.csv`. Writes: `results/ceiling/ceiling.csv`,
# `results/ceiling/ranges.csv`, `results/ceiling/models.csv`, `results/ceiling/speakers.csv`,
# `results/ceiling/places.csv`, `results/ceiling/disagreement.csv`, `results/ceiling/figures/`.
# Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"
ceiling_sentences = 120
ceiling_choices = 100
ceiling_shift_ms = 100.0
ceiling_jitter_ms = 20.0
resamples = 1000
seed = 1

# %% tags=["hide-input"]
from itertools import combinations

import numpy as np
import pandas as pd
from intonation import open_corpus, plots
from intonation.book.prose import headed, say
from intonation.book.run_folder import RunFolder
from intonation.evaluation.people import disagreement, places, shares
from intonation.evaluation.people.ceiling import (
    agreement,
    ceiling_table,
    line,
    ranges_table,
)
from intonation.evaluation.people.contours import laid_over
from intonation.evaluation.people.readings import shared_sentences
from intonation.files import write_csv
from intonation.parameters import TARGETS

# %%
run = RunFolder(run_folder)
results, corpus = run.results("ceiling"), open_corpus(run.corpus)
drawn = {"resamples": resamples, "seed": seed}
people = shared_sentences(corpus, most=ceiling_sentences)
laid, odd = laid_over(people)

# %% [markdown]
# A model from text says one thing for all who read a sentence. People do not: each has a way of
# reading it. What they have in common is all that text can tell, and how far each is from that is the
# error which no model can do without: a **ceiling** on how good it can get.

# %% tags=["hide-input"]
names, sentences = len(people.speakers), len(people.sentences)
known = f"""{sentences} sentences were read by two or more of {names} speakers, in
{people.readings} readings; {len(people.left_out) + len(odd)} further ones could not be used."""
unknown = f"""**Not known here.** This corpus has
{plots.counted(corpus.table["speaker"].nunique(), "speaker")}; no sentence was read by two. How far people would agree on these sentences cannot be
learnt from it; below, models stand beside the speaker's median only, and there are no tables of readers."""
say(known if sentences else unknown)

# %% [markdown]
# ## Readers and models on the test sentences
#
# Mean RMSE of an utterance, over voiced frames; lower is better. All stand on the same readings of
# test sentences. Every speaker's median is known to all but the network that learns log F0, and to
# readers, whose contours are brought to it, every speaker's range as well. That network learns F0 in Hz
# and is not told who speaks, so it puts a man and a woman at one height and errs by what lies between
# them. So that like is compared with like it has a second row, with its contours moved: the median that
# it predicts for a speaker becomes the speaker's own.

# %%
found = agreement(
    laid, known_range=True, most_subsets=ceiling_choices, seed=seed
)
errors = {
    shares.network_name(name): pd.read_csv(
        run.results(name).errors, dtype={"id": str}
    )
    for name in TARGETS
}
texts = corpus.table.set_index("id")["text"]
models = shares.models_table(found.table, errors, texts, **drawn)
write_csv(results / "models.csv", models)

# %% tags=["answer"]
ends = models.set_index("predictor")["rmse_semitones"]
figure = plots.interval_figure(
    models.rename(columns={"predictor": "name", "rmse_semitones": "value"}),
    title="Errors of readers and of models",
    label="RMSE of an utterance (semitones); line: 95 % over sentences",
    reference=ends.get(shares.CEILING),
    reference_label="ceiling" if ends.get(shares.CEILING, 0) > 0 else "",
    zero=None,
)
see = "Left is better; what says one thing for all readers cannot come left of the ceiling."
plots.show(figure, results.figure("models"), see)

# %% [markdown]
# Each network is from one seed, and intervals are over sentences alone; how far another seed moves such an
# error stands in chapter 9. In numbers. Where the ceiling is known, the *share* is how much of what can be explained was
# explained, in mean squares: 0 is the speaker's median, 1 the ceiling. Ridge with the speaker's range,
# gradient boosting, the original's kind of network and ours stand side by side in
# {doc}`chapter 16 </notebooks/16_reach>`, on all sentences.

# %%
columns = ["predictor", "utterances", "rmse_semitones", "ci_low", "ci_high"]
columns += ["correlation", "share", "share_low", "share_high"]
plain = headed(shares.with_ceiling(models[columns]))
whole = {"subset": ["utterances"], "na_rep": "–"}
plain = plain.style.hide().format(precision=2, na_rep="–", escape="html")
plain.format("{:.0f}", **whole)

# %% [markdown]
# ## How
#
# Readings are laid upon each other phone by phone: within a phone that both have, time runs evenly
# from its start to its end. F0 counts in semitones from each speaker's median, drawn straight through
# what is unvoiced, and only where the reader who is predicted is voiced.

# %%
if laid:
    one = laid[0]
    others = {
        other.id: values * scale
        for other, values, scale in zip(
            one.others, one.values, one.scales, strict=True
        )
    }
    utterance = corpus[one.target.id]
    drawing = plots.readers_figure(
        utterance, one.target.semitones, others, title=utterance.text
    )
plots.show(drawing, results.figure("readers")) if laid else None

# %% [markdown]
# Let a contour be what all readers have in common, with variance around it that is the reader's own:
# $\sigma^2_{\mathrm{self}}$ for who is predicted, $\sigma^2_{\mathrm{other}}$ for the others. The mean
# of $k$ others then errs by
#
# $$\mathrm{MSE}(k) = \sigma^2_{\mathrm{self}} + \sigma^2_{\mathrm{other}} / k ,$$
#
# a straight line against $1/k$. Averaged over all choices of $k$ readers this is exact for any sample
# of them {cite:p}`cochran1977`, so the line needs no fit. Where it meets $1/k = 0$, at endlessly many
# readers, $\sigma^2_{\mathrm{self}}$ remains. By hand, for six made-up readers of one frame:

# %%
own, others = 3.0, np.array([[1.0], [2.0], [6.0], [4.0], [0.5]])
stays, goes = line((others - own) @ (others - own).T)
for k in range(1, 6):
    choices = [others[list(chosen)] for chosen in combinations(range(5), k)]
    by_hand = np.mean([(choice.mean() - own) ** 2 for choice in choices])
    print(f"k = {k}: by hand {by_hand:.4f}, line {stays + goes / k:.4f}")

# %% [markdown]
# With one sentence the line is rough, so the mean RMSE of all others is brought down by what the lines
# of all sentences say together. For readers who are made up, the ceiling is known: everybody adds
# noise of 1.5 semitones to what is common in 200 sentences of 50 frames.

# %%
random = np.random.default_rng(seed)
squares = []
for _ in range(200):
    made = 1.5 * random.normal(size=(6, 50)) + random.normal(size=50)
    apart = made[1:] - made[0]
    squares.append(line(apart @ apart.T / 50)[0])
print(f"planted 1.5, found {np.sqrt(np.mean(squares)):.2f} semitones")

# %% [markdown]
# ## More readers
#
# All sentences, not only those of the test: the more readers are averaged, the better they predict
# one more. The last row is the ceiling.

# %%
ceiling = ceiling_table(found, **drawn)
write_csv(results / "ceiling.csv", ceiling)
many = ceiling["k"].map(
    lambda k: f"{k:.0f}" if k < np.inf else "endlessly many"
)
shown = headed(ceiling.assign(k=many), {"k": "other readers"})
shown.style.hide().format(precision=2, na_rep="–") if len(shown) else None

# %%
if len(ceiling):
    drawing = plots.line_figure(
        ceiling, title="Error by number of other readers"
    )
plots.show(drawing, results.figure("line")) if len(ceiling) else None

# %% [markdown]
# Knowing how widely a speaker speaks (the standard deviation of F0 in training sentences) helps: the
# others' contours are then stretched to that.

# %%
without = agreement(
    laid, known_range=False, most_subsets=ceiling_choices, seed=seed
)
ranges = ranges_table(
    {"known": found.table, "not known": without.table}, **drawn
)
write_csv(results / "ranges.csv", ranges)
WORDS = {"range": "the speaker's range is"}
WORDS |= {"one_rmse": "one other, RMSE", "all_rmse": "all others, RMSE"}
WORDS |= {"ceiling_rmse": "endlessly many, RMSE", "median_rmse": "median, RMSE"}
shown = headed(ranges, WORDS)
shown.style.hide().format(precision=2, na_rep="–") if len(shown) else None

# %% [markdown]
# ## Whom, and where
#
# A ceiling for each speaker: a low one beside a high median's error belongs to somebody whom the
# others predict well.

# %%
speakers = places.speakers_table(found.table, people.spread_semitones, **drawn)
write_csv(results / "speakers.csv", speakers)
shown = headed(speakers, WORDS | {"spread_semitones": "range (semitones)"})
shown = shown.style.hide().format(precision=2, na_rep="–", escape="html")
shown if len(speakers) else None

# %% [markdown]
# And by place. Here all voiced frames count alike, so that errors are higher than means of utterances.
# *Explainable* is what is common to readers, of all that is not the median's.

# %%
where = places.places_table(laid, **drawn)
write_csv(results / "places.csv", where)
by_place = where.rename(columns={"place": "name", "ceiling_rmse": "value"})
figure = plots.interval_figure(
    by_place,
    title="Ceiling by place in the phrase",
    label="RMSE with endlessly many readers (semitones)",
    zero=None,
)
figure if len(where) else None

# %%
shown = headed(where, WORDS).style.hide()
shown.format(precision=2, thousands=",") if len(where) else None

# %% [markdown]
# ## What people disagree about
#
# Two readers of a sentence, one upon the other's phones. Each part is what their mean squared
# difference falls by when only that is taken away. Level, range and the rest of the shape add up
# exactly {cite:p}`kobayashi2000`; the others overlap with them and with each other, so that the last
# row is no sum. Moving every word to where it fits best fits noise as well: what it gains with
# contours whose differences were moved along the sentence is taken off. What errors of boundaries cost
# is seen by adding them once more {cite:p}`cook1994`, as large as those of an aligner.

# %%
shifts = disagreement.Shifts(ceiling_shift_ms, ceiling_jitter_ms, seed)
parts = disagreement.disagreement_table(
    disagreement.disagreements(laid, shifts), **drawn
)
write_csv(results / "disagreement.csv", parts)
words = {"gone_semitones2": "gone (semitones²)", "percent": "% gone"}
words |= {
    "left_semitones2": "left (semitones²)",
    "frames_percent": "% of frames",
}
shown = headed(parts, words | {"how": "taken away by"})
shown.style.hide().format(precision=2, na_rep="–") if len(parts) else None

# %%
figure = plots.interval_figure(
    parts.iloc[1:].rename(columns={"part": "name", "percent": "value"}),
    title="What two readers disagree about",
    label="percent of their mean squared difference; line: 95 % over sentences",
)
see = "The longer, the more of the disagreement goes when this alone is taken away."
figure = plots.show(figure, results.figure("disagreement"), see)
figure if len(parts) else None

# %% [markdown]
# ## What was seen

# %% tags=["hide-input", "answer"]
first = next(iter(errors))
there = ends.get(shares.CEILING, np.nan)
where_it_is = f", where the ceiling is {there:.2f}," if there > 0 else ""
same = f"""On the test sentences{where_it_is} ridge errs by {ends[shares.RIDGE]:.2f} semitones, the
{first} by {ends[first]:.2f}, the speaker's median by {ends[shares.MEDIAN]:.2f}."""
if len(ceiling) and np.isfinite(ceiling["rmse_semitones"].iloc[-1]):
    one_other, *_, best = ceiling.to_dict("records")
    sure = f"{best['ci_low']:.2f} to {best['ci_high']:.2f}, 95 % over sentences"
    seen = f"""One other reader predicts a speaker with **{one_other["rmse_semitones"]:.2f}**
    semitones; endlessly many would with **{best["rmse_semitones"]:.2f}**
    ({sure if best["ci_low"] > 0 else "one sentence"}), correlation {best["correlation"]:.2f}."""
else:
    seen = "**No ceiling is known**: it takes three readers of one sentence."
say(f"{seen} {same}")

# %% tags=["hide-input"]
share = models.set_index("predictor")["share"]
reached = f"""Of what can be explained on the test sentences, in mean squares, ridge explains
{share[shares.RIDGE]:.0%}, the {first} {share[first]:.0%}."""
by_part = parts.set_index("part")["percent"]
percent = {
    name: plots.number(by_part.get(words, np.nan), ".0f") + " %"
    for name, words in disagreement.PARTS.items()
}
apart = f"""Of what two readers disagree about, {percent["level"]} is the level of the sentence and
{percent["range"]} its range; {percent["timing"]} is timing of words beyond chance, {percent["tracking"]}
errors of pitch, {percent["jitter"]} errors of times. With all that and the ends of phrases taken
away, {percent["together"]} are gone; the rest is another choice of melody."""
say(reached if share.notna().any() else "", apart if len(parts) else "")

# %% [markdown]
# ## What this does not show
#
# The ceiling holds for what all readers share. A model that learns a speaker's own habits may come
# below it, as the mean of others knows nothing of these; so may one that knows why this reader chose
# this melody. Readers who sat in one studio, with one instruction, agree more than people do. Errors of
# pitch tracking and of times are part of what is called the speaker's own: with better ones the ceiling
# would be lower. And who agrees with a mean need not sound right: a mean of melodies is flatter than
# each of them.
#
# ## Exercises
# 1. One other reader predicts a speaker worse than the speaker's own median does. By which factor must
#    another's contour be flattened to be of most use, and how good is it then?

# %% tags=["solution"]
if laid:
    pairs = [(one.own, one.predicted(known_range=True)) for one in laid]
    shared = sum((own * others).mean() for own, others in pairs)
    factor = shared / sum((others**2).mean() for own, others in pairs)
    errors_of = [
        np.sqrt(((factor * others - own) ** 2).mean(axis=1)).mean()
        for own, others in pairs
    ]
    print(f"times {factor:.2f}: RMSE {np.mean(errors_of):.2f} semitones")
else:
    print("no sentence was read by two")

# %% [markdown]
# 2. Is a speaker whom others predict badly also one who speaks with a wide range? Compare ceilings with
#    spreads, and both with the correlation.

# %% tags=["solution"]
numbers = ["ceiling_rmse", "spread_semitones", "ceiling_correlation"]
alike = speakers[numbers].corr(method="spearman").round(2)
alike = headed(headed(alike).T).style.format(precision=2, na_rep="–")
alike if len(speakers) else print("no sentence was read by two")

# %% [markdown]
# 3. How many readers would be needed to come within a twentieth of the ceiling? Read it from the line.

# %% tags=["solution"]
if len(ceiling) > 2:
    one_other, many = ceiling["rmse_semitones"].iloc[[0, -1]] ** 2
    needed = (one_other - many) / (many * (1.05**2 - 1))
    print(f"{np.ceil(needed):.0f} readers")
else:
    print("no line without two numbers of readers")
