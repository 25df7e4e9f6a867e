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
# # 7 · Where in a phrase
#
# **Where in a phrase does a feature matter, and what sets the end of a question apart?**
#
# Reads: `corpus/`, `model/<target>/`, `results/<target>/relevance/`. Writes:
# `results/<target>/positions/`, `results/<target>/figures/positions/`. Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"
target = "semitones"
seed = 1
resamples = 1000

# %% tags=["hide-input"]
import numpy as np
from intonation import load_model, open_corpus, plots
from intonation.book.prose import headed, say
from intonation.book.run_folder import RunFolder
from intonation.files import write_csv
from intonation.labels.words import in_words
from intonation.lrp.contrast import contrast
from intonation.lrp.positions import (
    balance_table,
    place_relevance,
    standard_axes,
)
from intonation.lrp.ranking import input_groups
from intonation.lrp.selections import ids_with, question_ends, statement_ends
from intonation.lrp.store import read_store
from intonation.parameters import from_notebook
from IPython.display import display

chosen = from_notebook(globals())
run = RunFolder(run_folder)
results = run.results(target)

# %% [markdown]
# By frame index, as in the study and in chapter 5, the last word of a short utterance lies over the
# middle of a long one. Here every frame is put where it is *linguistically*: from 0 to 1 in its
# utterance, phrase or word, or so many milliseconds from the nearest accent or from the end of its
# phrase. Syllables, words and phrases are told from the labels alone.
#
# A frame's relevance is that of the features *that stand there*. A causal network looks back, so they
# may have moved F0 somewhat later too.

# %%
corpus, model = open_corpus(run.corpus), load_model(run.model(target))
test_ids, unit = corpus.ids("test"), model.config.meaning.unit
stored = (results.relevance, model, corpus, test_ids)
groups = input_groups(corpus.questions, "general", vuv=model.config.uses_vuv)

# %%
lengths = corpus.table.set_index("id").loc[test_ids, "frames"]
axes = standard_axes(int(lengths.max()))
profiles = place_relevance(read_store(*stored), axes, groups)
for slug, profile in profiles.items():
    write_csv(results.positions / f"{slug}.csv", profile.table())

# %% [markdown]
# ## One profile by hand
#
# Of the group that changes most along the phrase (by frame index, where labels tell no phrases): each
# frame falls into a bin of the axis, and a bin's mean is what its frames have, over how many they are.

# %%
told = profiles["phrase"].frames.any()
profile = profiles["phrase" if told else "frame_index"]
group = profile.strongest(1)[0]
total, counted = np.zeros((2, len(profile.frames)))

# %%
for utterance, relevance in read_store(*stored):
    bins = profile.axis.bins(utterance)  # [frames], -1 outside
    values = relevance.values[:, groups[group]].sum(axis=1)
    np.add.at(total, bins[bins >= 0], values[bins >= 0])
    np.add.at(counted, bins[bins >= 0], 1)

# %%
with np.errstate(invalid="ignore"):
    by_hand = total / counted
column = profile.mean[:, profile.groups.index(group)]
same = np.allclose(by_hand, column, equal_nan=True)
say(f"""*{in_words(group)}*, {profile.axis.title}: {plots.number(by_hand[0])} {unit} a frame in the first
bin, {plots.number(by_hand[-1])} in the last; all {len(by_hand)} bins are
{"the same" if same else "**not** the same"} by hand and in the package.""")

# %% [markdown]
# Nothing is lost on the way: what lies outside an axis, such as pauses, is counted too, and the total
# is the same on every axis. Each mean is per frame, over all frames of a bin.

# %%
balance = balance_table(profiles)
balance["axis"] = [profiles[slug].axis.title for slug in balance["axis"]]
words = {"outside_frames": "frames outside", "relevance": f"relevance ({unit})"}
words |= {"outside_relevance": "outside", "total_relevance": "together"}
headed(balance, words).style.hide().format(precision=1, thousands=",")

# %% [markdown]
# ## By frame index, and by place
#
# One colour scale for all panels: green pushed F0 up, pink pushed it down. Grey above shows how many
# frames a bin holds. By frame index the right half rests on a few long utterances; by place, every
# bin rests on all.

# %%
figure = plots.position_heatmaps(
    [profiles[slug] for slug in ("frame_index", "utterance", "phrase", "word")],
    title="Relevance per frame, by frame index and by place",
    unit=unit,
)
see = "Green pushed F0 up, pink down; a group that is told from place has a stripe that changes across."
plots.show(figure, results.figure("positions", "heatmaps"), see)

# %% [markdown]
# ## Around accents, before boundaries
#
# Zero is the onset of the vowel of the nearest accented or stressed syllable, or the end of the
# phrase. Each frame is counted once, at its nearest onset. What is tied to the event stands upright at
# zero; what is not, lies across.

# %% tags=["answer"]
events = [profiles[slug] for slug in ("accented", "stressed", "boundary")]
events = [profile for profile in events if profile.frames.any()]
title = "Relevance per frame around accents and before boundaries"
if events:
    figure = plots.position_heatmaps(events, title=title, unit=unit)
    see = "A group that is tied to the event changes at 0, from pink (down) to green (up) or back."
    display(plots.show(figure, results.figure("positions", "events"), see))
else:
    display(say("These labels do not tell syllables and phrases."))

# %% [markdown]
# The groups that change most along an axis, each with its 95 % confidence interval over utterances
# (standard error of a ratio {cite:p}`cochran1977`). `VUV`, an input of sound and not of language,
# is left out.

# %%
for slug in ("accented", "boundary"):
    profile = profiles[slug]
    strongest = profile.strongest(5)
    look = {"title": f"The groups that change most {profile.axis.title}"}
    if strongest:
        figure = plots.position_profiles(profile, strongest, unit=unit, **look)
        display(plots.show(figure, results.figure("positions", slug)))

# %% [markdown]
# ## Questions against statements
#
# F0 of the last syllable of every phrase that asks is explained, and that of every phrase that ends a
# statement. The difference of the two explanations says what makes the ends differ: the bars above
# the line add up to the difference in predicted F0 below it. Only voiced frames count. Intervals
# come from resampled utterances {cite:p}`efron1993`.

# %%
asking = ids_with(corpus, test_ids, question_ends)
stating = ids_with(corpus, test_ids, statement_ends)
compared = [i for i in test_ids if i in {*asking, *stating}]
comparable = bool(asking and stating)

# %% tags=["hide-input"]
none = "A comparison needs both, so there is none here."
say(f"""As far as labels and texts tell, a phrase that asks ends with voice in {len(asking)} of
{len(test_ids)} test utterances, one that states in {len(stating)}. {"" if comparable else none}""")

# %% tags=["remove-output"]
name = "questions_against_statements"
if comparable:
    found = contrast(
        model,
        [corpus[utterance_id] for utterance_id in compared],
        first=question_ends,
        second=statement_ends,
        groups=groups,
        resamples=resamples,
        seed=seed,
    )
    write_csv(results.positions / f"{name}.csv", found.table)

# %%
if comparable:
    figure = plots.contrast_figure(
        found,
        title="What makes ends of questions and statements differ",
        unit=unit,
        names=("questions", "statements"),
    )
    see = "Bars to the right make the ends of questions higher; together they are the predicted difference."
    display(plots.show(figure, results.figure("positions", name), see))

# %% [markdown]
# ## What was seen

# %% tags=["hide-input", "answer"]
seen = [profiles[slug] for slug in ("phrase", "accented", "boundary")]
leaders = [
    f"- {profile.axis.title}: {'; '.join(map(in_words, profile.strongest(3)))}"
    for profile in seen
    if profile.frames.any()
]
say("Groups that change most:" if leaders else "", "\n".join(leaders))

# %% tags=["hide-input"]
if comparable:
    table = found.table.set_index("part")
    rows, parts = table["difference"], table[table["kind"] == "group"]
    largest = parts["difference"].abs().nlargest(3).index
    told = "; ".join(
        f"{in_words(name)} ({plots.number(rows[name], '+.2g')} {unit})"
        for name in largest
    )
    display(
        say(f"""The last syllables of {plots.counted(found.utterances[0], "utterance")} with a question were
        compared with those of {found.utterances[1]} with a statement. Their natural F0 differs by
        {plots.number(rows["natural"], "+.2g")} {unit}, the predicted F0 by
        {plots.number(rows["explained"], "+.2g")}. The largest contributions: {told}; the biases' share
        differs by {plots.number(rows["absorbed"], "+.2g")}.""")
    )

# %% [markdown]
# ## What this does not show
#
# What stands at a place is not independent of the place: the end of a phrase has its own words and
# sounds. The axes align time, not pitch events, and accents are those that the labels tell by rule, not
# those that were heard.
#
# ## Exercises
# Axes are in `intonation.lrp.positions`, selections in `intonation.lrp.selections`.
#
# 1. Draw the profile of `SYLLABLE_STRESS` around stressed syllables (`profiles["stressed"]` with
#    `plots.position_profiles`). Do its bins and what lies outside make up the group's relevance?

# %% tags=["solution"]
profile, stress = profiles["stressed"], "SYLLABLE_STRESS"
if profile.frames.any() and stress in groups:
    look = {"title": f"{in_words(stress)}, {profile.axis.title}", "unit": unit}
    figure = plots.position_profiles(profile, [stress], **look)
    display(plots.show(figure, results.figure("positions", "stress")))
    column = profile.groups.index(stress)
    placed = profile.total[:, column].sum() + profile.outside[column]
    everywhere = sum(
        relevance.values[:, groups[stress]].sum()
        for _, relevance in read_store(*stored)
    )
    print(
        f"in bins and outside {placed:.4f}, everywhere {everywhere:.4f} {unit}"
    )

# %% [markdown]
# 2. Place relevance on an axis with finer bins, `accent_axis(bin_ms=10)`. What changes: the sum over
#    all bins, or the width of the intervals?

# %% tags=["solution"]
from intonation.lrp.positions import accent_axis

if profiles["accented"].frames.any():
    axes = [accent_axis(bin_ms=10)]
    fine = place_relevance(read_store(*stored), axes, groups)["accented"]
    for name, profile in (("25", profiles["accented"]), ("10", fine)):
        width = np.nanmedian(np.ptp(profile.interval(), axis=0))
        total = profile.total.sum()
        print(f"{name} ms: sum {total:.2f}, median width {width:.2g} {unit}")

# %% [markdown]
# 3. Contrast accented with merely stressed syllables: `contrast(model, …, first=accented_syllables,
#    second=…)`. Do the parts add up to the difference in predicted F0?

# %% tags=["solution"]
from intonation.lrp.selections import accented_syllables, stressed_syllables


def merely_stressed(utterance):
    """Frames of syllables with word stress that bear no accent."""
    return stressed_syllables(utterance) & ~accented_syllables(utterance)


kinds = {"first": accented_syllables, "second": merely_stressed}
spoken = [
    corpus[i]
    for i in ids_with(corpus, corpus.ids("train"), merely_stressed)[:12]
]
if spoken and ids_with(corpus, [u.id for u in spoken], accented_syllables):
    between = contrast(model, spoken, groups=groups, resamples=20, **kinds)
    parts = between.table.set_index("part")["difference"]
    added = parts.drop(["explained", "natural"]).sum()
    print(f"parts {added:+.4f}, predicted {parts['explained']:+.4f} {unit}")
