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
# **Which kinds of linguistic information matter most?**
#
# Reads: `corpus/`, `results/<target>/aggregates.npz`. Writes: `results/<target>/rankings/` (a CSV for
# each aggregate and level), `results/<target>/figures/rankings/`. Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"
target = "semitones"
cpu_count = 1

# %% tags=["hide-input"]
from pathlib import Path

import pandas as pd
from intonation import plots
from intonation.corpus import open_corpus
from intonation.parameters import from_notebook
from intonation.relevance import load_aggregates, write_rankings
from intonation.taxonomy import LEVELS
from IPython.display import Image, Markdown, display

chosen = from_notebook(globals())
run = Path(run_folder)
results_folder = run / "results" / target

# %%
corpus = open_corpus(run / "corpus")
aggregator, inputs = load_aggregates(results_folder / "aggregates.npz")
tables = write_rankings(
    aggregator,
    corpus.questions,
    results_folder / "rankings",
    vuv=target == "log_f0",
)
drawn = plots.ranking_figures(results_folder, jobs=cpu_count)

# %% tags=["hide-input"]
display(
    Markdown(
        f"{len(tables)} rankings (8 aggregates × 15 levels) and {len(drawn)} figures were written."
    )
)

# %% [markdown]
# A group's *sum* adds the relevance of its features, each counted once; its *mean* divides by their
# number, so that a field about which many questions are asked does not win by that alone. Tables
# are sorted by mean. Bars span one standard deviation over the group's features.
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
general = pd.read_csv(results_folder / "rankings" / "abs_sum" / "general.csv")
levels = pd.read_csv(
    results_folder / "rankings" / "abs_sum" / "linguistic_levels.csv"
)
display(
    Markdown(
        f"By mean absolute relevance, the first general categories are {', '.join(general['group'].head(3))}; "
        f"the linguistic levels rank {', '.join(levels['group'])}."
    )
)

# %% [markdown]
# **What this does not show.** Whether two neighbours in a ranking are really apart: that needs more
# seeds and resampled utterances. Nor whether the ranking is true of the language.
#
# **Exercises.** Sort a CSV by `sum` instead of `mean`: who climbs, and why? Compare the two targets'
# rankings of the linguistic levels.
