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
# # 6 · Rankings
#
# **Which kinds of linguistic information matter most, and how sure is that?**
#
# Reads: `corpus/`, `results/<target>/aggregates.npz`, `results/<target>/utterance_sums.npz`. Writes:
# `results/<target>/rankings/` (a CSV for each aggregate and level),
# `results/<target>/rankings_apart.csv`, `results/<target>/figures/rankings/`. Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"
target = "semitones"
resamples = 1000
seed = 1
cpu_count = 1

# %% tags=["hide-input"]
from pathlib import Path

import pandas as pd
from intonation import plots
from intonation.corpus.corpus import open_corpus
from intonation.evaluation.ranking_intervals import (
    load_sums,
    neighbours_apart,
    rankings_with_intervals,
    tiers,
)
from intonation.files import write_csv
from intonation.labels.taxonomy import LEVELS
from intonation.lrp.ranking import load_aggregates, read_ranking, write_rankings
from intonation.parameters import from_notebook
from IPython.display import Image, Markdown, display

chosen = from_notebook(globals())
run = Path(run_folder)
results_folder = run / "results" / target

# %%
corpus = open_corpus(run / "corpus")
aggregator, inputs = load_aggregates(results_folder / "aggregates.npz")
sums = load_sums(results_folder / "utterance_sums.npz")
asked = {
    "vuv": target == "log_f0",
    "resamples": chosen.resamples,
    "seed": chosen.seed,
}
ranked = rankings_with_intervals(aggregator, sums, corpus.questions, **asked)
tables = write_rankings(ranked, results_folder / "rankings")
apart = neighbours_apart(aggregator, sums, corpus.questions, **asked)
write_csv(results_folder / "rankings_apart.csv", apart)

# %%
drawn = plots.ranking_figures(results_folder, jobs=cpu_count)

# %% tags=["hide-input"]
n_utterances = len(sums.frames)
display(
    Markdown(
        f"{len(tables)} rankings (8 aggregates × 15 levels) and {len(drawn)} figures were written. Number of "
        f"test utterances: {n_utterances}."
    )
)
if n_utterances < 20:
    caution = "Intervals from fewer than twenty utterances are too narrow."
    none = "One utterance says nothing about others: there are no intervals."
    display(Markdown(none if n_utterances == 1 else caution))

# %% [markdown]
# A group's *sum* adds the relevance of its features, each counted once; its *mean* divides by their
# number, so that a field about which many questions are asked does not win by that alone. Tables
# are sorted by mean. Thin lines span one standard deviation over the group's features.
#
# ## How sure is a ranking?
#
# Other test sentences would have given other numbers. How different they might be is seen by drawing
# as many utterances again from the test set, with replacement, over and over, and ranking anew each
# time {cite:p}`efron1993`. Between the thick lines' ends lie 95 % of the means; on the right, 95 %
# of the ranks. Blue lines part neighbours that keep their order even when it is counted how many
# neighbours there are {cite:p}`holm1979`; without a blue line the order may be chance.
#
# ## Absolute relevance at every level
#
# The absolute sum counts a push up and a push down alike: it says how much a group matters, not in
# which direction. The number behind a name is how many features the group has.

# %%
folder = results_folder / "figures" / "rankings"
for level in LEVELS:
    for name in (f"{level.slug}.png", f"{level.slug}_without_vuv.png"):
        if (folder / "abs_sum" / name).is_file():
            display(Image(folder / "abs_sum" / name))

# %% [markdown]
# ## Which neighbours are really apart?
#
# The same rankings cut into tiers at the blue lines. Within a tier no group is safely ahead of its
# neighbour, though its first may well be ahead of its last.

# %% tags=["hide-input"]
for level in LEVELS[:2] + LEVELS[5:8]:
    cut = [", ".join(tier) for tier in tiers(apart, "abs_sum", level.slug)]
    if cut:
        rows = pd.DataFrame({"tier": range(1, len(cut) + 1), "groups": cut})
        display(Markdown(f"**{level.number} · {level.title}**"))
        display(rows.style.hide())

# %% [markdown]
# ## Up or down
#
# The positive and the negative sums of the general categories.

# %%
for aggregate in ("pos_sum", "neg_sum"):
    alone = folder / aggregate / "general_without_vuv.png"
    display(
        Image(alone if alone.is_file() else folder / aggregate / "general.png")
    )

# %% [markdown]
# ## All rankings
#
# Every aggregate at every level, first five groups each.

# %% tags=["hide-input"]
plots.ranking_digest(results_folder / "rankings")

# %% [markdown]
# ## What was seen

# %% tags=["hide-input"]
general = read_ranking(results_folder / "rankings" / "abs_sum" / "general.csv")
levels = read_ranking(
    results_folder / "rankings" / "abs_sum" / "linguistic_levels.csv"
)
display(
    Markdown(
        f"By mean absolute relevance, the first general categories are {', '.join(general['group'].head(3))}; "
        f"the linguistic levels rank {', '.join(levels['group'])}."
    )
)

# %% tags=["hide-input"]
pairs = apart[(apart["aggregate"] == "abs_sum") & (apart["level"] == "general")]
span = (general["rank_high"] - general["rank_low"] + 1).mean()
known = (
    f" With 95 % confidence a category lies within {span:.1f} ranks on average."
    if pd.notna(span)
    else ""
)
display(
    Markdown(
        f"Of the {len(pairs)} neighbours among the general categories, {pairs['apart'].sum()} are really "
        f"apart.{known}"
    )
)

# %% [markdown]
# **What this does not show.** The intervals are those of other sentences for this one network: another
# training gives another ranking, as chapter 9 shows. Nor is it said whether the ranking is true: chapter
# 11 plants a law and measures how much of it this statistic recovers. For the means over utterances the intervals hold to first order only: late
# frames, which few utterances reach, add less to them than they should.
#
# **Exercises.** Sort a CSV by `sum` instead of `mean`: who climbs, and why? Which groups in
# `rankings_apart.csv` are apart in `pos_sum` but not in `abs_sum`?
