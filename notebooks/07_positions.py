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
from pathlib import Path

from intonation import plots
from intonation.corpus.corpus import open_corpus
from intonation.files import write_csv
from intonation.lrp.contrast import contrast
from intonation.lrp.positions import (
    balance_table,
    place_relevance,
    standard_axes,
)
from intonation.lrp.ranking import input_groups
from intonation.lrp.selections import ids_with, question_ends, statement_ends
from intonation.lrp.store import read_store
from intonation.model.network import load_model
from intonation.model.target import TARGETS
from intonation.parameters import from_notebook
from IPython.display import Markdown, display

chosen = from_notebook(globals())
run = Path(run_folder)
results_folder = run / "results" / target
figure_folder = results_folder / "figures" / "positions"

# %% [markdown]
# By frame index, as in the study and in chapter 5, the last word of a short utterance lies over the
# middle of a long one. Here every frame is put where it is *linguistically*: from 0 to 1 in its
# utterance, phrase or word, or so many milliseconds from the nearest accent or from the end of its
# phrase. Syllables, words and phrases are told from the labels alone.
#
# A frame's relevance is that of the features *that stand there*. A causal network looks back, so they
# may have moved F0 somewhat later too.

# %%
corpus, model = open_corpus(run / "corpus"), load_model(run / "model" / target)
test_ids = corpus.ids("test")
groups = input_groups(corpus.questions, "general", vuv=model.config.uses_vuv)
longest = corpus.table.loc[corpus.table["split"] == "test", "frames"].max()
store = read_store(results_folder / "relevance", model, corpus, test_ids)
profiles = place_relevance(store, standard_axes(int(longest)), groups)
for slug, profile in profiles.items():
    path = results_folder / "positions" / f"{slug}.csv"
    write_csv(path, profile.table())

# %% [markdown]
# Nothing is lost on the way: what lies outside an axis, such as pauses, is counted too, and the total
# is the same on every axis. Each mean is per frame, over all frames of a bin.

# %% tags=["hide-input"]
balance = balance_table(profiles)
balance.style.hide().format(precision=1, thousands=",")

# %% [markdown]
# ## By frame index, and by place
#
# One colour scale for all panels: green pushed F0 up, pink pushed it down. Grey above shows how many
# frames a bin holds. By frame index the right half rests on a few long utterances; by place, every
# bin rests on all.


# %% tags=["hide-input"]
figure = plots.position_heatmaps(
    [profiles[slug] for slug in ("frame_index", "utterance", "phrase", "word")],
    title="Relevance per frame, by frame index and by place",
    unit=TARGETS[target].unit,
)
plots.show(figure, figure_folder / "heatmaps.png")

# %% [markdown]
# ## Around accents, before boundaries
#
# Zero is the onset of the vowel of the nearest accented or stressed syllable, or the end of the
# phrase. Each frame is counted once, at its nearest onset.

# %% tags=["hide-input"]
events = [profiles[slug] for slug in ("accented", "stressed", "boundary")]
events = [profile for profile in events if profile.frames.any()]
if events:
    figure = plots.position_heatmaps(
        events,
        title="Relevance per frame around accents and before boundaries",
        unit=TARGETS[target].unit,
    )
    display(plots.show(figure, figure_folder / "events.png"))
else:
    display(Markdown("These labels do not tell syllables and phrases."))

# %% [markdown]
# The groups that change most along an axis, each with its 95 % confidence interval over utterances
# (standard error of a ratio {cite:p}`cochran1977`). `VUV`, an input of sound and not of language,
# is left out.

# %% tags=["hide-input"]
for slug in ("accented", "boundary"):
    profile = profiles[slug]
    strongest = profile.strongest(5)
    if strongest:
        title = f"The groups that change most {profile.axis.title}"
        figure = plots.position_profiles(
            profile, strongest, title=title, unit=TARGETS[target].unit
        )
        path = figure_folder / f"{slug}.png"
        display(plots.show(figure, path))

# %% [markdown]
# ## Questions against statements
#
# F0 of the last syllable of every phrase that asks is explained, and that of every phrase that ends a
# statement. The difference of the two explanations says what makes the ends differ: the bars above
# the line add up to the difference in predicted F0 below it. Only voiced frames count. Intervals
# come from resampled utterances {cite:p}`efron1993`.

# %% tags=["hide-input"]
asking = ids_with(corpus, test_ids, question_ends)
stating = ids_with(corpus, test_ids, statement_ends)
told = (
    f"As far as labels and texts tell, {len(asking)} of {len(test_ids)} test utterances have a "
    f"voiced end of a phrase that asks, {len(stating)} one of a statement."
)
comparable = bool(asking and stating)
if not comparable:
    told += " A comparison needs both, so there is none here."
display(Markdown(told))

# %% tags=["remove-output"]
if comparable:
    found = contrast(
        model,
        [corpus[i] for i in test_ids if i in {*asking, *stating}],
        first=question_ends,
        second=statement_ends,
        groups=groups,
        resamples=resamples,
        seed=seed,
    )
    name = "questions_against_statements"
    path = results_folder / "positions" / f"{name}.csv"
    write_csv(path, found.table)

# %% tags=["hide-input"]
if comparable:
    figure = plots.contrast_figure(
        found,
        title="What makes ends of questions and statements differ",
        unit=TARGETS[target].unit,
        names=("questions", "statements"),
    )
    path = figure_folder / f"{name}.png"
    display(plots.show(figure, path))

# %% [markdown]
# ## What was seen

# %% tags=["hide-input"]
leaders = [
    f"- {profiles[slug].axis.title}: {', '.join(profiles[slug].strongest(3))}"
    for slug in ("phrase", "accented", "boundary")
    if profiles[slug].frames.any()
]
if leaders:
    display(
        Markdown("Groups that change most:\n\n" + "\n".join(leaders) + "\n")
    )

# %% tags=["hide-input"]
if comparable:
    rows = found.table.set_index("part")["difference"]
    parts = found.table[found.table["kind"] == "group"].set_index("part")
    largest = parts["difference"].abs().nlargest(3).index
    told = [
        f"{name} ({rows[name]:+.2g} {TARGETS[target].unit})" for name in largest
    ]
    display(
        Markdown(
            f"The last syllables of {found.utterances[0]} utterances that ask were compared with those "
            f"of {found.utterances[1]} that state. Their natural F0 differs by {rows['natural']:+.2g} "
            f"{TARGETS[target].unit}, the predicted F0 by {rows['explained']:+.2g}. The largest contributions: "
            f"{', '.join(told)}; the biases' share differs by {rows['absorbed']:+.2g}."
        )
    )

# %% [markdown]
# **What this does not show.** What stands at a place is not independent of the place: the end of a
# phrase has its own words and sounds. The axes align time, not pitch events, and accents are those
# that the labels tell by rule, not those that were heard.
#
# **Exercises.** Draw the profile of `SYLLABLE_STRESS` around stressed syllables. Contrast accented
# with merely stressed syllables: `contrast(model, …, first=accented_syllables, second=…)`.
