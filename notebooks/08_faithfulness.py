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
# # 8 · Is it faithful?
#
# **Does the network really use what relevance names?**
#
# Reads: `corpus/`, `features/`, `model/<target>/`. Writes: `results/<target>/faithfulness/` (CSV),
# `results/<target>/figures/faithfulness/`. Time: TIME_TAKEN.
#
# An explanation can look right and still be wrong about the network. Three tests that do not ask what
# we expect to see: take away what relevance calls important, spoil the network, and let a network
# learn nonsense.

# %% tags=["parameters"]
run_folder = "build/default"
target = "semitones"
cpu_count = 1
seed = 1
device = "auto"
stacks = 2
kernel_size = 2
causal = True
small_epochs = 4
small_num_layers = 4
small_hidden_size = 32
weight_decay = 0.0
patience = 5
min_delta = 0.001
resamples = 1000
faithfulness_utterances = 12
faithfulness_donors = 2
faithfulness_inner_points = 6
faithfulness_steps = 8
randomisation_utterances = 6
randomisation_every = 4
randomisation_train_utterances = 72
randomisation_validation_utterances = 18
randomisation_learning_rate = 0.01
randomisation_batch_size = 4

# %% tags=["hide-input"]
import numpy as np
import pandas as pd
import torch
from intonation import load_model, open_corpus, plots
from intonation.book.prose import headed, say
from intonation.book.run_folder import RunFolder
from intonation.corpus.features import load_features
from intonation.evaluation import faithfulness
from intonation.evaluation import randomisation as sanity
from intonation.files import write_csv
from intonation.labels.words import in_words
from intonation.lrp.ranking import input_groups
from intonation.model.small import fewer_utterances
from intonation.model.target import TARGETS
from intonation.model.training import train
from intonation.parameters import from_notebook
from intonation.statistics import summarise

# %%
chosen = from_notebook(globals())
run = RunFolder(run_folder)
results = run.results(target)
folder, unit = results.faithfulness, TARGETS[target].unit
drawing = {"resamples": resamples, "seed": seed}

# %% [markdown]
# ## Taking away what matters
#
# Groups of answers (general categories) are replaced one after the other, the most relevant first, and
# the predicted contour is compared with the unchanged one {cite:p}`samek2017`. *Deletion* asks how fast
# it moves away. *Insertion* starts where everything is replaced, puts the groups back in the same
# order {cite:p}`petsiuk2018`, and asks how fast the contour comes back.
#
# What replaces an answer really occurs: a training utterance is laid over the test utterance phone by
# phone, by position, and a phone takes all answers of a group from one phone of it. Groups are ordered
# for each utterance, by the sum over frames of the size of a group's net relevance. The
# distance is the root mean square over the explained frames, the mean over donor utterances.

# %%
corpus, model = open_corpus(run.corpus), load_model(run.model(target))
groups = input_groups(corpus.questions, "general", vuv=model.config.uses_vuv)
samples = faithfulness.take_samples(
    corpus, "test", chosen.faithfulness_utterances, target
)
donors = faithfulness.draw_donors(
    corpus, len(samples), chosen.faithfulness_donors, seed
)

# %% [markdown]
# By hand: one utterance, one donor, one group after the other.

# %%
sample, donor = samples[0], donors[0][0]
tried = faithfulness.Replacement(model, sample, donor, groups)
each_alone = np.eye(len(groups), dtype=bool)
language = [name for name in groups if name != "VUV"]
moved = pd.Series(tried.distances(each_alone), list(groups))[language]
most = moved.idxmax()

# %% [markdown]
# The contour with the answers of the group that moves it most, in the explained frames:

# %%
without = tried.contour(np.array([name == most for name in groups]))
shift = (without - tried.original)[sample.chosen]
say(f"""In `{sample.id}` the donor's answers for *{in_words(most)}* move the contour by
between {plots.number(shift.min())} and {plots.number(shift.max())} {unit}, by {moved[most]:.2g} as
root mean square; the median group moves it by {moved.median():.2g}.""")

# %% [markdown]
# The same for all groups, all utterances and every order:

# %% tags=["remove-output"]
curves, sizes = faithfulness.measure_curves(
    *(model, samples, donors, groups),
    inner_points=chosen.faithfulness_inner_points,
    steps=chosen.faithfulness_steps,
    seed=seed,
)
areas = faithfulness.areas(curves)

# %%
write_csv(folder / "curves.csv", curves)
write_csv(folder / "areas.csv", areas)
write_csv(folder / "groups.csv", sizes)

# %% [markdown]
# Taken away in a good order, groups move the contour early: the curve rises above that of the random
# order. Put back in a good order, they bring it home early: the curve falls below it.

# %% tags=["answer"]
means = summarise(curves, ["method", "way", "groups"], "distance", **drawing)
number = f"{len(samples)} of {len(corpus.ids('test'))} test utterances"
title = f"Replacing groups of answers in {number}, {len(donors[0])} donors each"
figure = plots.curves_figure(means, title=title, unit=unit)
see = "The farther a curve is from the random one, the more the order knows of the network."
plots.show(figure, results.figure("faithfulness", "curves"), see)

# %% [markdown]
# The orders compared: LRP with the Z rule {cite:p}`bach2015` and the gamma rule
# {cite:p}`montavon2019`, integrated gradients {cite:p}`sundararajan2017`, the plain gradient, what
# each group does when it alone is replaced (which knows the donors, and so shows about how much can be
# had), and orders by chance. Bands: 95 % intervals over utterances. Deletion tries the head of a list,
# insertion its tail: putting back in one order is deleting in the reverse order.

# %%
ranked = areas[areas["method"] != faithfulness.RANDOM]
advantages = summarise(ranked, ["method", "way"], "advantage", **drawing)
title = "Area between each curve and the random one; right is better"
figure = plots.advantage_figure(advantages, title=title, unit=unit)
plots.show(figure, results.figure("faithfulness", "areas"))

# %%
full = areas["full"].mean()
gini = sizes.drop(columns="group").groupby("id").agg(faithfulness.gini).mean()
share, gini = advantages["advantage"] / full, advantages["method"].map(gini)
table = advantages.assign(share_of_full=share, gini=gini)
write_csv(folder / "advantages.csv", table)

# %% tags=["hide-input"]
names = {
    "advantage": f"advantage ({unit})",
    "share_positive": "share of utterances better than chance",
    "gini": "Gini",
}
named = table.assign(method=table["method"].map(plots.method_name))
headed(named, names).style.hide().format(precision=3, na_rep="–")

# %% [markdown]
# *Share of full*: the advantage as a share of the way that replacing all groups takes the contour.
# *Gini*: how concentrated the groups' sizes are, 0 if all are equal.

# %% [markdown]
# ## Group by group
#
# Both numbers of a group are in the unit of the output: what relevance says it contributes in a frame,
# against the answer *no* to all its questions, and how far the contour moves when it alone
# takes the answers of another utterance. They need not be equal: a group may contribute much and
# nearly the same in every utterance.

# %%
spoken = sizes[sizes["group"] != "VUV"]
each = spoken.groupby("group")[["alone", "z"]].mean()
each = each.sort_values("alone", ascending=False)
agreement = each["alone"].corr(each["z"], method="spearman")

# %% tags=["hide-input"]
names = {
    "alone": "moves the contour when replaced alone (RMS)",
    "z": "size of its relevance per frame (Z rule)",
}
title = "Relevance beside the effect of a replacement"
named = each.rename(columns=names, index=in_words)
figure = plots.marks_figure(named, title=title, label=unit, least=0)
see = "Where both marks of a row lie together, relevance says what a replacement does."
plots.show(figure, results.figure("faithfulness", "groups"), see)

# %%
vuv = sizes.loc[sizes["group"] == "VUV", "alone"].mean()
hides = ": it would hide everything else" if vuv > full else ""
note = f"""The input `vuv` was never among the replaced groups. Replaced alone it moves the contour
by {vuv:.3g} {unit}, all language together by {full:.3g}{hides}."""
say(note if model.config.uses_vuv else "")

# %% [markdown]
# ## Spoiling the network
#
# Layer after layer, from the output down, is replaced by one as it is before training
# {cite:p}`adebayo2018`; batch norm measures its statistics anew, and each utterance
# gets a draw of its own. Relevance that explains what was
# learnt must lose its likeness to the original, which is measured as the rank correlation over all
# phones and groups of an utterance, with the sign of relevance and by its size alone. Rules that favour
# summands of one sign, as the gamma rule does, are known to change less than they should
# {cite:p}`sixt2020`.
#
# By hand: one utterance, and of the network only the output layer at random.

# %%
language = {name: inputs for name, inputs in groups.items() if name != "VUV"}
_, layer, spoilt_model = next(sanity.cascade(model, samples[:1], seed=seed))
before, after = (
    sanity.explain_all(network, samples[:1], language)[0].values
    for network in (model, spoilt_model)
)
signed, absolute = sanity.similarity(before, after)

# %%
pairs = zip(sanity.stages(model), sanity.stages(spoilt_model), strict=True)
kept = sum(
    all(map(torch.equal, a.parameters(), b.parameters()))
    for (_, a), (_, b) in pairs
)
say(f"""With the layer `{layer}` at random and {kept} of {len(sanity.stages(model))} layers as they were, relevance
in `{samples[0].id}` correlates with what it was at {signed:.2f} with the sign and at
{absolute:.2f} by size.""")

# %% [markdown]
# All layers, one after the other, in several utterances:

# %% tags=["remove-output"]
few = faithfulness.take_samples(
    corpus, "test", chosen.randomisation_utterances, target
)
spoilt = sanity.randomisation(
    model, few, language, every=chosen.randomisation_every, seed=seed
)
write_csv(folder / "randomisation.csv", spoilt)

# %%
by, kinds = ["rule", "kind", "layers", "layer"], ["signed", "absolute"]
keys = ["rule", "layers", "layer", "id"]
likeness = spoilt.melt(keys, kinds, "kind", "correlation")
likeness = summarise(likeness, by, "correlation", **drawing)
title = (
    f"What is left of relevance when weights are random ({len(few)} utterances)"
)
figure = plots.randomisation_figure(likeness, title=title)
see = "What is explained was learnt if the curves fall to 0."
plots.show(figure, results.figure("faithfulness", "randomisation"), see)

# %% [markdown]
# ## Learning nonsense
#
# Two small networks learn from few sentences. One gets the real targets; for the other, all voiced
# phones of a split have exchanged their F0, so that labels tell nothing about it.

# %%
features, quick = (
    load_features(run.features),
    sanity.training_parameters(chosen),
)
small = fewer_utterances(
    corpus,
    train=chosen.randomisation_train_utterances,
    validation=chosen.randomisation_validation_utterances,
)
nonsense = sanity.shuffle_targets(small, seed=seed)

# %% tags=["remove-output"]
real, real_history = train(small, features, quick, folder / "real")
shuffled, shuffled_history = train(
    nonsense, features, quick, folder / "shuffled"
)

# %%
nets = {"the run's network": model}
nets |= {"small, real targets": real, "small, shuffled targets": shuffled}
found = {
    name: sanity.explain_all(network, few, language)
    for name, network in nets.items()
}
compared = sanity.compare(found, few)
write_csv(folder / "shuffled.csv", compared)

# %%
by_size = sanity.group_sizes(found, few, language).set_index("group")
by_size = by_size.sort_values("small, real targets", ascending=False)
figure = plots.marks_figure(
    by_size.drop(columns="the run's network").rename(index=in_words),
    title="Size of relevance after learning real and shuffled targets",
    label=f"per explained frame ({unit})",
    least=0,
)
see = "Where the marks are alike, the size of relevance says nothing about what was learnt."
plots.show(figure, results.figure("faithfulness", "shuffled"), see)

# %% tags=["hide-input"]
names = {
    "signed": "like the run's, with sign",
    "absolute": "by size",
    "groups": "ranking of groups",
    "amount": f"amount ({unit})",
    "absorbed": f"absorbed ({unit})",
    "share_absorbed": "share absorbed",
}
mean = compared.groupby("network", sort=False).mean(numeric_only=True)
mean.rename(columns=names).style.format(precision=3)

# %% [markdown]
# *Like the run's*: rank correlations with the relevance that the run's own network gives, over phones
# and groups; *ranking of groups*: of their sizes alone. *Amount*: size of all groups' relevance per
# explained frame. *Absorbed*: by biases, per explained frame, and as a share of biases and inputs
# together.
#
# ## What was seen

# %%
wins = advantages.set_index(["method", "way"])
down, up = wins.loc[("z", "deletion")], wins.loc[("z", "insertion")]
ceiling = wins.loc[("alone", "deletion"), "advantage"]
low, high = down["ci_low"], down["ci_high"]
interval = "" if low != low else f" (95 % interval {low:.3g} to {high:.3g})"
right, wrong = (
    mean.loc["small, real targets"],
    mean.loc["small, shuffled targets"],
)
losses = [h["validation_loss"].min() for h in (real_history, shuffled_history)]
ends = likeness[likeness["layers"] == likeness["layers"].max()]
ends = ends.set_index(["rule", "kind"])["correlation"]

# %% tags=["hide-input", "answer"]
say(
    f"""Deletion by the Z rule moved the contour further than chance in
{100 * down["share_positive"]:.0f} % of the utterances, insertion brought it back faster in
{100 * up["share_positive"]:.0f} %. The area between is {down["advantage"]:.3g} {unit}{interval};
trying each group alone reaches {ceiling:.3g}. Over groups, relevance and the effect of a replacement
have a rank correlation of {agreement:.2f}.""",
    f"""With all weights random, the correlation with the original is {ends["z", "signed"]:.2f} with
the sign and {ends["z", "absolute"]:.2f} by size (gamma rule: {ends["gamma", "signed"]:.2f} and
{ends["gamma", "absolute"]:.2f}). Size depends on the answers as well as on what was learnt: a group
without a yes has no relevance in any network.""",
)

# %% tags=["hide-input"]
say(f"""The small networks reached validation losses of {losses[0]:.3g} (real) and {losses[1]:.3g}
(shuffled), with {right["amount"]:.3g} and {wrong["amount"]:.3g} {unit} of relevance per frame; their
rankings of groups correlate with that of the run's network at {right["groups"]:.2f} and
{wrong["groups"]:.2f}. As far as the second comes near the first, a ranking by size shows the question
set and not the language.""")

# %% [markdown]
# ## What this does not show
#
# That the network's reasons are those of the language. Replaced groups may contradict each other (a
# stressed syllable in a word without stress), so the network still meets phones that no speaker would
# produce. Each utterance meets another draw of random weights, which may turn the sign of everything; a
# mean near 0 can hide that. The small networks have seen little; with `log_f0` most of what they learn is
# when there is voice.
#
# ## Exercises
# 1. Call `faithfulness.measure_curves` with `inner_points=1000`, so that a curve is measured after
#    every group. Where is the order by `alone` certain to move the contour furthest, and why need it not
#    win later on?

# %% tags=["solution"]
asked = samples[:1], [donors[0][:1]], groups
fine, _ = faithfulness.measure_curves(model, *asked, inner_points=1000, steps=4)
deleted = fine[fine["way"] == faithfulness.DELETION]
table = deleted.pivot(index="groups", columns="method", values="distance")
best = table.idxmax(axis=1).map(plots.method_name)
ahead = (table[faithfulness.ALONE] >= table.max(axis=1) - 1e-6).mean()
# after one group it was chosen to be the furthest; groups that say the
# same twice only move the contour together
say(f"""After one group the furthest order is *{best[1]}*; by *alone* is the
furthest, or shares that place, after {100 * ahead:.0f} % of the groups.""")

# %% [markdown]
# 2. Choose as donor the training sentence whose number of phones is nearest, or the utterance itself:
#    which groups lose their effect? `faithfulness.transplant` shows which answers stay as they were.

# %% tags=["solution"]
from intonation.model.batches import inputs_of

own = sample.inputs.answers
sizes_of = corpus.table.set_index("id")["phones"][corpus.ids("train")]
nearest = inputs_of(corpus[(sizes_of - len(own)).abs().idxmin()])
for name, other in (("nearest", nearest), ("itself", sample.inputs)):
    foreign = faithfulness.transplant(sample.inputs, other).answers
    same = [(foreign[:, m] == own[:, m]).all() for m in language.values()]
    again = faithfulness.Replacement(model, sample, other, groups)
    alone = again.distances(each_alone)
    print(f"{name}: {sum(same)} of {len(language)} groups keep all answers,")
    print(f"   {(alone == 0).sum()} have no effect")
# a group has no effect where the donor gives the answers that were there

# %% [markdown]
# 3. Call `sanity.cascade` with other seeds: how much of what is left of relevance, when only the output
#    layer is random, depends on the draw?

# %% tags=["solution"]
left = {}
for draw in range(seed, seed + 4):
    _, _, other = next(sanity.cascade(model, samples[:1], seed=draw))
    found = sanity.explain_all(other, samples[:1], language)[0].values
    left[f"draw {draw}"] = sanity.similarity(before, found)
columns = ["with the sign", "by size"]
pd.DataFrame(left, index=columns).T.style.format(precision=2)
