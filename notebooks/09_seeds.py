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
stability_ranking_utterances = 16
ranking_draws = 1

# %% tags=["hide-input"]
import numpy as np
import pandas as pd
from intonation import load_model, open_corpus, plots
from intonation.book.prose import say
from intonation.book.run_folder import RunFolder
from intonation.corpus.features import load_features
from intonation.corpus.splits import sentence_keys
from intonation.evaluation import stability
from intonation.evaluation.method_agreement import method_values, pairs
from intonation.evaluation.ranking_intervals import absolute_sums, load_sums
from intonation.evaluation.ways import three_ways
from intonation.files import write_csv
from intonation.labels.taxonomy import LEVELS, find_level
from intonation.labels.words import in_words
from intonation.lrp.methods import METHODS
from intonation.lrp.ranking import input_groups
from intonation.model.target import TARGETS
from intonation.parameters import from_notebook
from intonation.statistics import evenly
from IPython.display import display

# %%
chosen = from_notebook(globals())
run = RunFolder(run_folder)
results = run.results(target)
unit = TARGETS[target].unit

# %% [markdown]
# A network starts from random weights. Trained again from other ones it predicts about as well,
# and may still rest on other features, where several say the same. So here several networks are
# trained that differ in nothing but the seed.
#
# ## The networks

# %% tags=["remove-output"]
corpus, features = open_corpus(run.corpus), load_features(run.features)
models = stability.train_seeds(corpus, features, chosen, results.seeds)
sums = stability.explain_seeds(models, corpus, features, results.seeds)

# %% tags=["hide-input"]
main = load_model(run.model(target))
config, large = next(iter(models.values())).config, main.config
seen = evenly(corpus.ids("train"), chosen.stability_train_utterances)
say(f"""They are **smaller** than the network of chapter 3, so that {len(models)} of them can be
trained here: {config.stacks} × {config.num_layers} blocks of {config.hidden_size} channels instead of
{large.stacks} × {large.num_layers} of {large.hidden_size}, a reach of {5 * config.receptive_field}
instead of {5 * large.receptive_field} ms, {len(seen)} training utterances, number of epochs:
{chosen.small_epochs}. All see the same utterances. A shorter training leaves more to chance: larger
networks, trained longer, may agree better.""")

# %%
losses = {
    seed: pd.read_csv(results.seeds / str(seed) / "history.csv")[
        "validation_loss"
    ].min()
    for seed in models
}
table = pd.Series(losses, name="lowest validation loss").rename_axis("seed")
table.reset_index().style.hide().format(precision=3)

# %% [markdown]
# How far their errors are apart says how far an error of one training may be trusted. On the test
# sentences, drawn with all their readings, alone or after a network {cite:p}`davison1997`:

# %%
errors = stability.seed_errors(models, corpus)
texts = sentence_keys(corpus.table.set_index("id")["text"])
drawn = {"resamples": resamples, "seed": seed}
accuracy = stability.seed_accuracy(errors, texts, **drawn)
write_csv(results.seeds / "errors.csv", errors.reset_index())
write_csv(results.seeds / "accuracy.csv", accuracy)

# %% tags=["hide-input"]
moved = "With the height of contours moved to each speaker's median: "
say((moved if config.uses_vuv else "") + stability.accuracy_told(accuracy))

# %% [markdown]
# ## Two of them
#
# The first two seeds beside each other: rank 1 is the general category whose features have the most
# absolute relevance over the test utterances, on average. Kendall's tau {cite:p}`kendall1938` compares
# the two rankings pair of groups by pair: 1 if every pair stands in the same order, 0 if as many are
# turned as are not.

# %%
groups = input_groups(corpus.questions, "general", vuv=config.uses_vuv)
one, other, *_ = models
amounts = pd.DataFrame(
    {f"seed {n}": absolute_sums(sums[n], groups).sum(0) for n in (one, other)},
    index=[in_words(name) for name in groups],
)
ranks = amounts.rank(ascending=False).astype(int)
ranks.sort_values(f"seed {one}")

# %%
tau = amounts[f"seed {one}"].corr(amounts[f"seed {other}"], method="kendall")
say(f"Kendall's tau between them: {tau:.2f}.")

# %% [markdown]
# ## Rankings over seeds and utterances
#
# Two things were left to chance: which network came out, and which utterances fell into the test
# set. Drawing utterances again shows the second; drawing first a network, then utterances
# {cite:p}`davison1997`, shows both. The intervals that count for a single network are the wide ones.

# %%
grouped = {
    level.slug: input_groups(corpus.questions, level.slug, vuv=config.uses_vuv)
    for level in LEVELS
}
rankings, networks = {}, {}
main_sums = load_sums(results.sums)
drawing = {"resamples": resamples, "seed": seed}

# %%
for slug, members in grouped.items():
    parts = np.stack([absolute_sums(kept, members) for kept in sums.values()])
    rankings[slug] = stability.seed_ranking(parts, members, **drawing)
    write_csv(results.seeds / "rankings" / f"{slug}.csv", rankings[slug])
    names = [f"seed {number}" for number in models]
    networks[slug] = pd.DataFrame(parts.sum(axis=1).T, list(members), names)
    networks[slug]["chapter 3"] = absolute_sums(main_sums, members).sum(0)

# %% [markdown]
# A dot is a network. Where the dots of a row lie wider apart than the thick line is long, the network
# matters more than the utterances; on the right, a short line is a rank to be relied on.


# %%
def over_seeds(slug):
    """A level's ranking in all networks, as a picture."""
    each = networks[slug].drop(columns="chapter 3")
    title = f"{find_level(slug).title}: absolute sum, {len(models)} networks"
    figure = plots.seed_ranking_figure(rankings[slug], each, title, unit=unit)
    return plots.show(figure, results.figure("seeds", slug))


# %% tags=["answer"]
over_seeds("general")

# %%
for slug in ("linguistic_levels", "relation_types"):
    display(over_seeds(slug))

# %% [markdown]
# Over how many ranks does a group move, on average? 1 means that it stays where it is; *seeds* is
# the range over the networks, the others are 95 % intervals.

# %%
spans = {
    f"{level.number} · {level.title}": stability.rank_spans(
        rankings[level.slug]
    )
    for level in LEVELS
    if len(rankings[level.slug]) > 1
}
pd.DataFrame(spans).T.style.format(precision=1, na_rep="–")

# %% [markdown]
# ## The three rankings of chapter 6, over seeds
#
# The study's way is the one above. Here it stands beside the way that holds (the standard deviation
# over voiced frames of a group's net relevance, every frame explained on its own) and beside exchange
# (how far F0 moves when phones get the group's answers from others). A network is drawn, then
# utterances. By hand the middle dot of a column is the mean of its networks' values.

# %% tags=["remove-output"]
few, draws = (
    chosen.stability_ranking_utterances,
    {"draws": chosen.ranking_draws},
)
cases = three_ways.take_cases(corpus, features, "test", few, target)
groups = grouped["general"]
evidence = [
    three_ways.measure(net, cases, sums[n], groups, seed=seed, **draws)
    for n, net in models.items()
]

# %%
ways = three_ways.ranked(evidence, groups, **drawing)
write_csv(results.seeds / "three_ways.csv", ways)
labels = {
    three_ways.HOLDS: f"the way that holds: SD over frames ({unit})",
    three_ways.REPLACED: f"exchange: F0 moves by ({unit})",
    three_ways.STUDY: f"the study's way: summed |relevance| ({unit})",
}

# %%
title = f"Three rankings over {len(models)} networks: general categories"
caption = "lines: 95 % intervals over networks and utterances; numbers: ranks"
figure = plots.ways_figure(ways, labels, title=title, caption=caption)
plots.show(figure, results.figure("seeds", "three_ways"))

# %%
by_hand = np.mean([one[three_ways.HOLDS].values() for one in evidence], axis=0)
held = ways[ways["way"] == three_ways.HOLDS].set_index("group")["value"]
print("by hand the same:", np.allclose(by_hand, held.loc[list(groups)]))

# %% [markdown]
# How well do two of the networks agree in each way? Spearman's rank correlation, and over how many
# ranks a group may move.

# %%
steady = three_ways.steadiness(evidence, ways)
write_csv(results.seeds / "three_ways_steadiness.csv", steady)
shown = steady.assign(way=steady["way"].map(three_ways.WAYS))
shown.columns = [
    "way",
    "mean rank correlation of two networks",
    "ranks moved over",
]
shown.style.hide().format(precision=2, na_rep="–")

# %% [markdown]
# ## Do the networks agree?
#
# Kendall's tau of every two networks. *Chapter 3* is the large one.

# %%
between = {
    slug: table.corr(method="kendall") for slug, table in networks.items()
}
levels = [pairs(matrix).assign(level=slug) for slug, matrix in between.items()]
taus = pd.concat(levels)
write_csv(results.seeds / "agreement.csv", taus)
title = "Kendall's tau between networks, general categories"
figure = plots.matrix_figure(between["general"], title)
plots.show(figure, results.figure("seeds", "networks"))

# %% [markdown]
# ## Do rules and methods agree?
#
# The large network again, explained by other rules of relevance propagation and by methods that
# know nothing of layers. Each gives every phone a relevance per group; its size is added up. Groups
# count as wholes here, not per feature: occlusion knows only whole groups. *Gradient* leaves out
# how a question was answered; it is a baseline to be beaten, not an explanation of the output.

# %% tags=["remove-output"]
asked = evenly(corpus.ids("test"), chosen.stability_method_utterances)
steps = chosen.integration_steps
values = method_values(main, corpus, asked, groups, steps=steps)
methods = values.corr(method="kendall")
write_csv(results.seeds / "methods.csv", pairs(methods))
by_group = values.reset_index(names="group")
write_csv(results.seeds / "method_values.csv", by_group)

# %%
title = f"Kendall's tau between methods, general categories, {len(asked)} utterances"
named = methods.rename(index=plots.method_name, columns=plots.method_name)
figure = plots.matrix_figure(named, title)
plots.show(figure, results.figure("seeds", "methods"))

# %% tags=["hide-input"]
left_out = ", ".join(name for name in METHODS if name not in values)
say(
    f"Left out, as the corpus' answers are numbers: {left_out}."
    if left_out
    else ""
)

# %% [markdown]
# ## What was seen

# %%
general = taus[taus["level"] == "general"]
with_large = (general[["first", "second"]] == "chapter 3").any(axis=1)
alike, unlike = general.loc[~with_large, "tau"], general.loc[with_large, "tau"]
span = stability.rank_spans(rankings["general"])
others = methods["z"].drop("z").sort_values(ascending=False).dropna()
first, rest = rankings["general"].iloc[0], rankings["general"]["mean"].iloc[1:]
like = [f"{plots.method_name(k)} ({tau:.2f})" for k, tau in others.items()]

# %% tags=["hide-input", "answer"]
agree = f"""Between two of the small networks tau is {alike.mean():.2f} on average, between one of them
and the large network {unlike.mean():.2f} (general categories)."""
draws = f"""{span["utterances"]:.1f} ranks when only utterances are drawn again, {span["both"]:.1f}
when the network is drawn, too."""
say(
    agree,
    f"""From network to network a general category moves over {span["seeds"]:.1f} ranks on
average; {draws if pd.notna(span["both"]) else "one utterance tells no more."}""",
)

# %% tags=["hide-input"]
FIRST = min(5, len(groups))
leading = three_ways.in_all(ways, FIRST)
names = "; ".join(map(in_words, leading))
rho = steady.set_index("way")["correlation"]
say(
    f"""Over all networks, {len(leading)} of the first {FIRST} general categories are the same in the
    way that holds, by exchange and in the study's way{": " + names if leading else ""}. Two networks
    rank alike at {rho["holds"]:.2f}, {rho["replaced"]:.2f} and {rho["study"]:.2f} (Spearman)."""
)

# %% tags=["hide-input"]
near = ""
if like:
    near = f"""Of the other methods, by their tau with the Z rule, {like[0]} ranks most like it and
{like[-1]} least."""
voicing = f"""First in the networks' mean is *{in_words(first["group"])}*, with {first["mean"] / rest.max():.0f}
times the mean of the next: voicing decides between 0 and about 5, all that language does to F0 is
small beside it."""
say(near, voicing if first["group"] == "VUV" else "")

# %% [markdown]
# ## What this does not show
#
# Agreement is not truth: all networks can share one mistake, and all methods too. The seeds decide
# weights, order and dropout, but not which utterances were trained on.
#
# ## Exercises
# 1. Train the networks for longer, by `make book SET="small_epochs=12"` or by
#    `stability.train_seeds` with other parameters in a folder of your own: do they come closer?

# %% tags=["solution"]
# Without training anew: how much did the last epochs of these still change?
histories = {
    number: pd.read_csv(results.seeds / str(number) / "history.csv")
    for number in models
}
ends = {
    f"seed {n}": h["validation_loss"].iloc[-2:].tolist()
    for n, h in histories.items()
}
ends = {name: [found[0], found[-1]] for name, found in ends.items()}
table = pd.DataFrame(ends, index=["last but one epoch", "last epoch"]).T
# a loss that still falls says that longer trainings have somewhere to go
table.rename_axis("validation loss").style.format(precision=3)

# %% [markdown]
# 2. Compare `seeds/rankings/all.csv` with `general.csv` by `stability.rank_spans`: do fine groups move
#    further than coarse ones, and by which share of the ranks that there are?

# %% tags=["solution"]
moves = {}
for slug in ("general", "all"):
    table = pd.read_csv(results.seeds / "rankings" / f"{slug}.csv")
    span = stability.rank_spans(table)["both"]
    share = 100 * span / len(table)
    moves[slug] = {"groups": len(table), "ranks": span, "% of all": share}
pd.DataFrame(moves).T.rename_axis("level").style.format(precision=0, na_rep="–")
