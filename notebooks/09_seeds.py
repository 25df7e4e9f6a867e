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
# # 9 · Seeds
#
# **Would another training, or another method, give the same ranking?**
#
# Reads: `corpus/`, `features/`, `model/<target>/`, `results/<target>/utterance_sums.npz`. Writes:
# `results/<target>/seeds/`, `results/<target>/figures/seeds/`. Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"
target = "semitones"
seeds = 5
small_epochs = 4
small_num_layers = 4
small_hidden_size = 32
dropout = 0.2
input_dropout = 0.5
kernel_size = 2
causal = True
weight_decay = 0.0
patience = 5
min_delta = 0.001
resamples = 1000
seed = 1
cpu_count = 1
device = "auto"
integration_steps = 32
stability_train_utterances = 160
stability_validation_utterances = 30
stability_learning_rate = 0.003
stability_batch_size = 4
stability_stacks = 1
stability_method_utterances = 4

# %% tags=["hide-input"]
from pathlib import Path

import numpy as np
import pandas as pd
from intonation import plots
from intonation.corpus.corpus import open_corpus
from intonation.corpus.features import load_features
from intonation.evaluation.method_agreement import (
    agreement,
    method_values,
    pairs,
)
from intonation.evaluation.ranking_intervals import load_sums
from intonation.evaluation.stability import (
    absolute_sums,
    explain_seeds,
    rank_spans,
    seed_ranking,
    train_seeds,
)
from intonation.files import write_csv
from intonation.labels.taxonomy import LEVELS
from intonation.lrp.methods import METHODS
from intonation.lrp.ranking import input_groups
from intonation.model.network import load_model
from intonation.model.target import TARGETS
from intonation.parameters import from_notebook
from intonation.statistics import evenly
from IPython.display import Markdown, display

chosen = from_notebook(globals())
run = Path(run_folder)
results_folder = run / "results" / target
folder, figures_folder = (
    results_folder / "seeds",
    results_folder / "figures" / "seeds",
)

# %% [markdown]
# A network starts from random weights. Trained again from other ones it predicts about as well,
# and may still rest on other features, where several say the same. So here several networks are
# trained that differ in nothing but the seed.
#
# ## The networks

# %% tags=["remove-output"]
corpus, features = (
    open_corpus(run / "corpus"),
    load_features(run / "features" / "features.npz"),
)
models = train_seeds(corpus, features, chosen, folder)
sums = explain_seeds(models, corpus, features, folder)

# %% tags=["hide-input"]
config = next(iter(models.values())).config
main = load_model(run / "model" / target)
display(
    Markdown(
        f"They are **smaller** than the network of chapter 3, so that {len(models)} of them can be trained "
        f"here: {config.stacks} × {config.num_layers} blocks of {config.hidden_size} channels instead of "
        f"{main.config.stacks} × {main.config.num_layers} of {main.config.hidden_size}, a reach of "
        f"{5 * config.receptive_field} instead of {5 * main.config.receptive_field} ms, "
        f"{len(evenly(corpus.ids('train'), chosen.stability_train_utterances))} training utterances, number of epochs: {chosen.small_epochs}. All see the same "
        "utterances. A shorter training leaves more to chance: larger networks, trained longer, may agree better."
    )
)

# %% tags=["hide-input"]
histories = {
    number: pd.read_csv(folder / str(number) / "history.csv")
    for number in models
}
losses = pd.DataFrame(
    {
        "seed": list(models),
        "lowest validation loss": [
            history["validation_loss"].min() for history in histories.values()
        ],
    }
)
losses.style.hide().format(precision=3)

# %% [markdown]
# ## Rankings over seeds and utterances
#
# Two things were left to chance: which network came out, and which utterances fell into the test
# set. Drawing utterances again shows the second; drawing first a network, then utterances
# {cite:p}`davison1997`, shows both. The intervals that count for a single network are the wide ones.

# %%
rankings, networks = {}, {}
main_sums = load_sums(results_folder / "utterance_sums.npz")
for level in LEVELS:
    groups = input_groups(corpus.questions, level.slug, vuv=config.uses_vuv)
    parts = np.stack([absolute_sums(kept, groups) for kept in sums.values()])
    rankings[level.slug] = seed_ranking(
        parts, groups, resamples=chosen.resamples, seed=chosen.seed
    )
    networks[level.slug] = pd.DataFrame(
        parts.sum(axis=1).T, list(groups), [f"seed {n}" for n in models]
    )
    networks[level.slug]["chapter 3"] = absolute_sums(main_sums, groups).sum(0)
    path = folder / "rankings" / f"{level.slug}.csv"
    write_csv(path, rankings[level.slug])

# %%
for level in LEVELS:
    if level.slug in ("general", "relation_types", "linguistic_levels"):
        figure = plots.seed_ranking_figure(
            rankings[level.slug],
            networks[level.slug].drop(columns="chapter 3"),
            f"{level.title}: absolute sum, {len(models)} networks",
            unit=TARGETS[target].unit,
        )
        path = figures_folder / f"{level.slug}.png"
        display(plots.show(figure, path))

# %% [markdown]
# Over how many ranks does a group move, on average? 1 means that it stays where it is; *seeds* is
# the range over the networks, the others are 95 % intervals.

# %% tags=["hide-input"]
spans = pd.DataFrame(
    {
        f"{level.number} · {level.title}": rank_spans(rankings[level.slug])
        for level in LEVELS
        if len(rankings[level.slug]) > 1
    }
).T
spans.style.format(precision=1, na_rep="–")

# %% [markdown]
# ## Do the networks agree?
#
# Kendall's tau {cite:p}`kendall1938` compares two rankings pair of groups by pair: 1 if every pair
# stands in the same order, 0 if as many are turned as are not. *Chapter 3* is the large network.

# %%
between = {slug: agreement(table) for slug, table in networks.items()}
taus = pd.concat(
    [pairs(matrix).assign(level=slug) for slug, matrix in between.items()]
)
write_csv(folder / "agreement.csv", taus)
title = "Kendall's tau between networks, general categories"
figure = plots.matrix_figure(between["general"], title)
plots.show(figure, figures_folder / "networks.png")

# %% [markdown]
# ## Do rules and methods agree?
#
# The large network again, explained by other rules of relevance propagation and by methods that
# know nothing of layers. Each gives every phone a relevance per group; its size is added up. Groups
# count as wholes here, not per feature: occlusion knows only whole groups. *Gradient* leaves out
# how a question was answered; it is a baseline to be beaten, not an explanation of the output.

# %% tags=["remove-output"]
groups = input_groups(corpus.questions, "general", vuv=main.config.uses_vuv)
asked = evenly(corpus.ids("test"), chosen.stability_method_utterances)
steps = chosen.integration_steps
values = method_values(main, corpus, asked, groups, steps=steps)
methods = agreement(values)
write_csv(folder / "methods.csv", pairs(methods))
write_csv(folder / "method_values.csv", values.reset_index(names="group"))

# %% tags=["hide-input"]
title = f"Kendall's tau between methods, general categories, {len(asked)} utterances"
named = methods.rename(index=plots.readable, columns=plots.readable)
figure = plots.matrix_figure(named, title)
display(plots.show(figure, figures_folder / "methods.png"))
left_out = [name for name in METHODS if name not in values]
if left_out:
    text = "Left out, as the corpus' answers are numbers: "
    display(Markdown(text + ", ".join(left_out) + "."))

# %% [markdown]
# ## What was seen

# %% tags=["hide-input"]
general = taus[taus["level"] == "general"]
large = (general[["first", "second"]] == "chapter 3").any(axis=1)
alike, unlike = general.loc[~large, "tau"], general.loc[large, "tau"]
if len(general):
    display(
        Markdown(
            f"Between two of the small networks tau is {alike.mean():.2f} on average, between one of them and "
            f"the large network {unlike.mean():.2f} (general categories)."
        )
    )

# %% tags=["hide-input"]
span = rank_spans(rankings["general"])
draws = (
    f"{span['utterances']:.1f} ranks when only utterances are drawn again, {span['both']:.1f} when the "
    "network is drawn, too."
)
display(
    Markdown(
        f"From network to network a general category moves over {span['seeds']:.1f} ranks on average; "
        + (draws if pd.notna(span["both"]) else "one utterance tells no more.")
    )
)

# %% tags=["hide-input"]
others = methods["z"].drop("z").sort_values(ascending=False).dropna()
if len(others):
    display(
        Markdown(
            f"Of the other methods, {others.index[0].replace('_', ' ')} ranks most like the Z rule "
            f"(tau {others.iloc[0]:.2f}) and {others.index[-1].replace('_', ' ')} least ({others.iloc[-1]:.2f})."
        )
    )

# %% tags=["hide-input"]
first = rankings["general"].iloc[0]
if first["group"] == "VUV":
    rest = rankings["general"]["mean"].iloc[1:]
    display(
        Markdown(
            f"First in the networks' mean is {first['group']}, with {first['mean'] / rest.max():.0f} times the mean "
            "of the next: voicing decides between 0 and about 5, all that language does to F0 is small beside it."
        )
    )

# %% [markdown]
# **What this does not show.** Agreement is not truth: all networks can share one mistake, and all
# methods too. The seeds decide weights, order and dropout, but not which utterances were trained on.
#
# **Exercises.** Run this chapter with `small_epochs = 12`: do the networks come closer? Compare
# `seeds/rankings/all.csv` with `general.csv`: do fine groups move further than coarse ones?
