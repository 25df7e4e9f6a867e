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
# # 17 · The input ladder
#
# **What does F0 know that labels do not say?**
#
# Reads: `corpus/`, `features/`, `results/ceiling/`. Writes: `results/ladder/`, `results/ladder/figures/`. Time: TIME_TAKEN.
#
# The network of this book is told what full-context labels say. Here a simple model is told ever more,
# rung by rung: which phones, then syllables, words, phrases; then what only the text says: punctuation,
# forms of the words, how frequent they are; at last, how the same speaker read the sentence before.

# %% tags=["parameters"]
run_folder = "build/default"
seed = 1
resamples = 1000
ladder_utterances = 600
ladder_folds = 5
ladder_trees = 30

# %% tags=["hide-input"]
import numpy as np
import pandas as pd
import wordfreq
from intonation import open_corpus, plots
from intonation.book.prose import headed, say
from intonation.book.run_folder import RunFolder
from intonation.corpus.features import load_features
from intonation.evaluation.ladder import climbing, frequency
from intonation.evaluation.ladder import rungs as steps
from intonation.evaluation.ladder.material import gather
from intonation.files import write_csv

# %% tags=["remove-output"]
run = RunFolder(run_folder)
results, corpus = run.results("ladder"), open_corpus(run.corpus)
features = load_features(run.features)
dealt = {"folds": ladder_folds, "seed": seed}
material = gather(corpus, features, at_most=ladder_utterances, **dealt)
ladder = steps.rungs(material, corpus.questions)

# %%
control = steps.another_before(material)
predicted = climbing.climbed(material, ladder, control)
predicted |= climbing.boosted_climb(
    material, ladder, trees=ladder_trees, seed=seed
)
errors = climbing.errors_table(material, predicted)
write_csv(results / "errors.csv", errors.round(6))

# %% [markdown]
# ## The ladder
#
# Each row has all that the rows above it have, and one thing more. A rung that is not shown could not
# be made on this corpus; why is told below.

# %%
path = run.results("ceiling") / "ceiling.csv"
least = climbing.known_ceiling(path, errors["median"].mean())
drawing = {"resamples": resamples, "seed": seed}
drawn = climbing.Drawn(errors, least=least, **drawing)
table = climbing.ladder_table(drawn, ladder)
write_csv(results / "rungs.csv", table.round(6))
made = table[table["missing"].isna() | (table["missing"] == "")]

# %% tags=["answer"]
of_what = "share of the explainable" if least else "share of what can vary"
named = made.assign(name=[made["name"].iloc[0], *("+ " + made["name"][1:])])
figure = plots.interval_figure(
    named, title="What each rung adds", label=of_what, value="share"
)
see = "A step to the right is what this rung knows and those above it do not."
plots.show(figure, results.figure("ladder"), see)

# %% tags=["hide-input"]
say(
    f"""The ceiling is that of chapter 15: {least:.2f} semitones, what the mean of endlessly many
other readers would leave. At 1 a model would know as much as people have in common. That ceiling knows
each speaker's range, which the models here do not."""
    if least
    else """How well people agree is not known on this corpus, so shares are of the mean squared
error that the speaker's median leaves. Nobody can say how much of that could be explained at all: what
no text decides is part of it."""
)

# %% [markdown]
# ## How
#
# Every sentence is predicted from the others. The sentences are dealt into folds, the same for all
# rungs; who reads the same sentence is in the same fold. Of the voiced phones of the other folds, ridge
# regression learns the mean F0 in semitones from the speaker's median, each phone counted by its voiced
# frames. Its penalty is chosen among the other folds alone, by predicting each of them from the rest.
# Columns that are no answers of yes or no are divided by two standard deviations {cite:p}`gelman2008`.
#
# Which question belongs to which rung follows from the label's field that it reads, as in all of this
# book. A share is $(m^2 - e^2) / (m^2 - c^2)$: $e$ is the mean RMSE of an utterance, $m$ that of the
# speaker's median, $c$ the ceiling's, 0 where it is not known. Errors are over voiced frames: a phone
# gets one number, and what its frames do about their mean is left as an error at every rung.
# Intervals draw whole sentences; gains are paired, both errors from the same draws.

# %%
shown = table.drop(columns=["rung", "rmse_low", "rmse_high", "missing"])
words = {"name": "rung", "columns": "its columns", "gain_semitones": "gain"}
words |= {"gain_low": "gain from", "gain_high": "gain to"}
headed(shown, words).style.hide().format(precision=3, na_rep="–")

# %%
count, whole = len(material.ids), int(material.matched.sum())
say(f"""{count} utterances of {material.sentence.max() + 1} different sentences,
{len(material.f0)} voiced phones. In {whole} of them the text has as many words as the labels, so that
it is known which word a phone is in{"." if whole == count else f"; in {count - whole} it is not, and the rungs about words have nothing to say there."}""")

# %% tags=["hide-input"]
perfect = climbing.utterance_rmse(material, material.f0).mean()
say(f"""One number for each phone, even the right one, would leave {perfect:.2f} semitones; so no
rung can come to 1.""")

# %%
missed = np.array(material.ids)[~material.matched]
write_csv(results / "unmatched.csv", pd.DataFrame({"id": missed}))
reasons = table.loc[table["missing"] != "", ["name", "missing"]].to_numpy()
say(*(f"Not made: {name}, as {why}." for name, why in reasons))

# %% [markdown]
# Punctuation is the mark behind the word, those at both ends of its stretch between two marks, the one
# that ends the sentence, how many words and commas lie between, and how a question is asked (with *czy*,
# with a question word, with neither). Forms come from Morfeusz {cite:p}`wolinski2014`; a form that can
# be taken in several ways counts for each of them in part. How frequent a word is comes from wordfreq
# {cite:p}`speer2022`, as Zipf's scale {cite:p}`vanheuven2014` and as surprisal, $-\log_2 p$ of the word
# taken alone {cite:p}`shannon1948`.
#
# ## By hand
#
# One surprisal, from the package's own function and from ours:

# %%
word = "hipopotam"
by_hand = -np.log2(wordfreq.word_frequency(word, "pl"))
bits = frequency.surprisal_bits(word)
say(f"""*{word}*: Zipf {wordfreq.zipf_frequency(word, "pl"):.2f}, surprisal {by_hand:.2f} bits by hand,
{bits:.2f} in the ladder.""")

# %% [markdown]
# The share of the first rung, from the errors of the utterances:

# %%
means = errors.drop(columns=["id", "sentence", "frames"]).mean()
first = made.iloc[0]
m, e = means["median"], means[f"climbed {first['rung']}"]
share = (m**2 - e**2) / (m**2 - least**2)
say(f"""m = {m:.3f} and e = {e:.3f} semitones give {share:.4f}; in the table:
{first["share"]:.4f}.""")

# %% [markdown]
# ## First and last
#
# What a rung adds depends on what is there already. Alone, it is worth more: a word's number of
# syllables, its surprisal and the words to the next comma all tell something about where in the phrase
# it stands. When all others are there, what is left is what it alone says.

# %%
own = climbing.own_table(drawn, ladder)
write_csv(results / "own.csv", own.round(6))
figure = plots.interval_figure(
    own,
    title="What a rung is worth, coming first and coming last",
    **{"label": of_what, "value": "share", "series": "when"},
)
see = "First: alone; last: when all others are there. The gap is what others say as well."
plots.show(figure, results.figure("first_and_last"), see)

# %% [markdown]
# ## Not only what is linear
#
# Ridge adds up. Gradient boosting {cite:p}`friedman2001` of small trees finds what acts together, an
# accent in a question's last word. Same folds; it is given the fields of the labels as they are
# instead of thousands of questions about them, and is asked at the last rung of the labels, of the text,
# and of all.

# %%
trees = climbing.ladder_table(drawn, ladder, climbing.BOOSTED)
trees = trees.dropna(subset=["share"]).drop(columns=["columns", "missing"])
write_csv(results / "boosting.csv", trees.round(6))
both = pd.concat({"ridge": made, "boosting": trees}, names=["model"])
both = both.reset_index("model")[lambda rows: rows["rung"].isin(trees["rung"])]

# %%
up_to = both.assign(name="up to " + both["name"])
figure = plots.interval_figure(
    up_to.sort_values("rung", key=lambda keys: keys.map([*steps.TITLES].index)),
    title="Ridge and gradient boosting",
    **{"label": of_what, "value": "share", "series": "model"},
)
see = "Where boosting lies farther right, what matters is not only a sum."
plots.show(figure, results.figure("boosting"), see)

# %% [markdown]
# ## The sentence before, or the speaker?
#
# *Before* means here: the recording whose name precedes, among those of the same speaker, numbers in
# names taken as numbers. Where names do not follow the order of the session it is some other sentence.
# A sentence before also tells who speaks: how wide the speaker's range is, how long sentences last. So
# the same four numbers are taken of a sentence that is not the one before, half of the speaker's
# recordings away.

# %% tags=["hide-input"]
key = f"{climbing.CONTROL} {steps.BEFORE}"
told = None
if key in errors:
    told = drawn.interval(drawn.rmse(key) - drawn.rmse("climbed before"))
numbers = [plots.number(round(value, 4), "+.4f") for value in told or ()]
matters = """It matters that it comes just before."""
nothing = """So nothing shows that it matters which of the speaker's sentences it is."""
say(
    """With that one, the error changes by {} semitones (95 % interval {} to {}). {}""".format(
        *numbers, matters if told[1] > 0 else nothing
    )
    if told
    else "It cannot be asked here: no speaker has enough recordings."
)

# %% [markdown]
# ## What was seen

# %%
texts = [key for key in steps.TEXT_RUNGS if f"climbed {key}" in errors]
labels = [key for key in steps.LABEL_RUNGS if f"climbed {key}" in errors][-1]
gain = np.zeros(3)
if texts:
    after = drawn.share(f"climbed {texts[-1]}")
    gain = drawn.interval(after - drawn.share(f"climbed {labels}"))

# %% tags=["hide-input", "answer"]
reach, top = (
    made.set_index("rung").loc[key] for key in (labels, made["rung"].iloc[-1])
)
said = (
    f"""What the text says besides, {", ".join(steps.TITLES[key] for key in texts)}, adds
**{plots.number(gain[0], "+.3f")}** ({plots.number(gain[1], "+.3f")} to {plots.number(gain[2], "+.3f")})."""
    if texts
    else "What the text says besides could not be asked on this corpus."
)
say(f"""Labels reach **{reach["share"]:.3f}** ({reach["ci_low"]:.3f} to {reach["ci_high"]:.3f}) of
the {"explainable" if least else "variation"}. {said} All rungs together reach **{top["share"]:.3f}**.""")

# %% tags=["hide-input"]
largest = made.loc[made["gain_semitones"].idxmax()]
clear = made[made["gain_low"] > 0]["name"].tolist()
better = both.pivot(index="rung", columns="model", values="rmse_semitones")
ahead = (better["ridge"] - better["boosting"]).loc[trees["rung"].iloc[-1]]
say(f"""The largest step is *{largest["name"]}*. Surely above 0 (95 %) are the gains of:
{", ".join(clear) or "none"}. With all rungs, boosting errs by {abs(ahead):.3f} semitones
{"less" if ahead > 0 else "more"} than ridge.""")

# %% [markdown]
# ## What this does not show
#
# What a rung adds for ridge is not all that F0 knows of it: a network, or more sentences, may make more
# of the same answers. Text is told word by word, by a word's form and its share in a table, not by what
# was said before, what is new or contrasted; surprisal without a context knows little of that. Forms are
# not disambiguated. Labels already hold much of the punctuation, as the front-end made phrases and
# boundary tones from it. Intervals are over sentences, not over speakers, and the ceiling's own interval
# is not in them. Penalty and trees are the same for all speakers.
#
# ## Exercises
# The solutions climb on few utterances, so that they take seconds.
#
# 1. Plant F0 that depends on the last rung alone: where is it found?

# %% tags=["solution"]
from dataclasses import replace

few = gather(corpus, features, at_most=40, folds=3, seed=seed)
rows = [rung for rung in steps.rungs(few, corpus.questions) if len(rung.names)]
law = 2 * rows[-1].values[:, 0].astype(float)
known = replace(few, f0=law, within=np.zeros(len(few.ids)))
found = climbing.errors_table(known, climbing.climbed(known, rows))
print(found.filter(like="climbed").mean().round(3).to_string())

# %% [markdown]
# 2. Climb in the opposite order. Which rung now takes the largest step?

# %% tags=["solution"]
turned = rows[::-1]
found = climbing.errors_table(few, climbing.climbed(few, turned))
down = climbing.Drawn(found, least=least, **drawing)
taken = climbing.ladder_table(down, turned)[["name", "gain_semitones"]]
print(taken.round(3).to_string(index=False))

# %% [markdown]
# 3. How high do voiced phones of the last word before each mark lie, on average?

# %% tags=["solution"]
heights = {}
for row, one in enumerate(material.words):
    here = material.owner == row
    index = one.index[material.phone[here]]
    for value, place in zip(material.f0[here], index, strict=True):
        mark = one.words[place].mark if one.words and place >= 0 else ""
        heights.setdefault(mark or "no mark", []).append(value)
for mark, values in sorted(heights.items()):
    print(f"{mark}: {np.mean(values):+.2f} semitones, {len(values)} phones")
