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
# Reads: `corpus/`, `features/`, `model/<target>/`, `results/<target>/aggregates.npz`,
# `results/<target>/utterance_sums.npz`. Writes: `results/<target>/rankings_three_ways.csv`,
# `results/<target>/held/`, `results/<target>/rankings/` (a CSV for each aggregate and level),
# `results/<target>/rankings_apart.csv`, `results/<target>/figures/rankings/`. Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"
target = "semitones"
resamples = 1000
seed = 1
cpu_count = 1
ranking_utterances = 24
ranking_draws = 1
ranking_seeds = 3
together_train_utterances = 300
small_hidden_size = 32
kernel_size = 2
weight_decay = 0.0
law_train_utterances = 600
law_test_utterances = 60
law_draw_epochs = 6
law_learning_rate = 0.005
law_batch_size = 16

# %% tags=["hide-input"]
import numpy as np
import pandas as pd
from intonation import explain, load_model, open_corpus, plots
from intonation.book.prose import choice, headed, say
from intonation.book.run_folder import RunFolder
from intonation.corpus.features import load_features
from intonation.evaluation import ranking_intervals
from intonation.evaluation.holding.held import heard_phones, held_networks
from intonation.evaluation.holding.spreads import net_relevance
from intonation.evaluation.together import merging
from intonation.evaluation.ways import three_ways
from intonation.files import write_csv
from intonation.labels import taxonomy
from intonation.labels.taxonomy import LEVELS
from intonation.labels.words import in_words
from intonation.lrp import ranking
from intonation.lrp.ranking import group_matrix, input_groups
from intonation.model.target import TARGETS
from intonation.parameters import from_notebook
from intonation.plots.rankings import AGGREGATE_TITLES
from IPython.display import display

# %%
chosen = from_notebook(globals())
run = RunFolder(run_folder)
results = run.results(target)

# %%
corpus, features = open_corpus(run.corpus), load_features(run.features)
model = load_model(run.model(target))
aggregator, inputs = ranking.load_aggregates(results.aggregates)
sums = ranking_intervals.load_sums(results.sums)
vuv, unit = TARGETS[target].vuv, TARGETS[target].unit
groups = input_groups(corpus.questions, "general", vuv=vuv)

# %% [markdown]
# ## Three rankings
#
# A ranking gives each group of features one number. Which number, is a choice:
#
# - **The way that holds.** Every voiced frame is explained on its own; the relevance of a group's
#   features is added up, so that a push up and a push down by two answers of one group cancel; the
#   number is the standard deviation over frames. What is the same everywhere does not count. For
#   semitones it is asked of small networks of phones that hear each group as one curve, drawn by a group
#   lasso ({doc}`chapter 3 <03_training>`): so groups that tell the same do not share by chance. They
#   differ in the seed alone, and the number is their mean.
# - **Exchange.** No relevance at all: phones get a group's answers from other phones that occur, and
#   the number is how far predicted F0 moves then (root mean square, divided by √2 as in chapter
#   11), or by how much its error grows {cite:p}`breiman2001,fisher2019`.
# - **The study's way.** Absolute relevance, summed over frames, mean over the group's features.
#
# A law of F0 that we know is found by these ways more or less well: chapter 11 marks them, and
# there the first does better than the last. So it comes first here, and rows follow it. Exchange and the
# study's way ask the network of chapter 3.
#
# Where the labels of a corpus cannot tell groups apart, no way can tell whose the effect is. By
# the rule of {doc}`chapter 18 </notebooks/18_together>`, which asks the labels alone, such groups are one
# entry here, with the questions of all of them.

# %% tags=["remove-output"]
labelled = {"at_most": chosen.together_train_utterances, "seed": seed}
entries = merging.corpus_entries(corpus, features, **labelled)
voicing = {name: groups[name] for name in groups if name == taxonomy.VUV}
levels = {"entries": merging.entry_groups(entries) | voicing, "general": groups}
further = "linguistic_levels"
levels[further] = input_groups(corpus.questions, further, vuv=vuv)
lines, places = three_ways.all_lines(levels)
became = merging.merges_told(entries)

# %% tags=["remove-output"]
held = []
if unit == "semitones":
    held = held_networks(corpus, features, chosen, results / "held")

# %% tags=["remove-output"]
most, asked = chosen.ranking_utterances, {"draws": chosen.ranking_draws}
cases = three_ways.take_cases(corpus, features, "test", most, target)
heard = heard_phones(corpus, features, [case.id for case in cases])
by_seed = [three_ways.by_phones(net, heard, lines) for net in held]
first, *others = by_seed or [None]
asked |= {"seed": seed, "holds": first}
evidence = [three_ways.measure(model, cases, sums, lines, **asked)]
evidence += [{three_ways.HOLDS: other} for other in others]

# %%
drawing = {"resamples": resamples, "seed": seed}
ways = three_ways.ranked_levels(evidence, levels, places, **drawing)
stacked = pd.concat(table.assign(level=level) for level, table in ways.items())
write_csv(results.ways, stacked)

# %%
labels = {
    three_ways.HOLDS: f"the way that holds: SD over frames ({unit})",
    three_ways.REPLACED: f"exchange: F0 moves by ({unit})",
    three_ways.STUDY: f"the study's way: summed |relevance| ({unit})",
}
several = f" and, in the first column, {len(held)} networks" * bool(others)
caption = f"lines: 95 % intervals over utterances{several}; numbers: ranks"
look = {"caption": caption, "words": merging.entry_label}

# %% tags=["answer"]
title = "Three rankings, merged where labels cannot tell apart"
figure = plots.ways_figure(ways["entries"], labels, title=title, **look)
plots.show(figure, results.figure("rankings", "three_ways"))

# %% [markdown]
# 95 % of the values lie within a line when test utterances are drawn again, see below; where there are
# several networks, one of them is drawn first. The same for the study's general categories, every one a
# line of its own, and for the linguistic levels:

# %% tags=["shut"]
title = "Three rankings: general categories"
figure = plots.ways_figure(ways["general"], labels, title=title, **look)
display(choice("General categories, not merged"))
display(plots.show(figure, results.figure("rankings", "three_ways_general")))
title = "Three rankings: linguistic levels"
figure = plots.ways_figure(ways[further], labels, title=title, **look)
display(choice("Linguistic levels"))
display(plots.show(figure, results.figure("rankings", "three_ways_levels")))

# %% [markdown]
# By hand, on the network of chapter 3: one frame of an utterance explained alone, its relevance added up
# by group, beside what `net_relevance` has for that frame by one pass a group in the other direction.

# %%
case = cases[len(cases) // 2]
voiced = np.flatnonzero(case.chosen)
middle = len(voiced) // 2
alone = explain(model, corpus[case.id], frames=voiced[[middle]]).values
by_hand = group_matrix(alone, groups, statistic="sum").sum(0)
(net,) = net_relevance(model, [case.inputs], groups)  # [voiced frames, groups]

# %%
beside = {"one frame": by_hand, "the same": net[middle]}
beside["SD over this utterance"] = net.std(axis=0)
table = pd.DataFrame(beside, index=[in_words(name) for name in groups])
first = table["SD over this utterance"].nlargest(5).index
table.loc[first].style.format(precision=4)

# %% [markdown]
# How well do the ways agree? Spearman's rank correlation of every two; *error* is the growth of the
# error, which asks the speaker and not the network: exchanging what the network has learnt wrongly
# may even lessen it.

# %% tags=["shut"]
agreed = three_ways.agreement(ways["entries"])
short = {"holds": "the way that holds", "replaced": "exchange"}
short |= {"study": "the study's way", "error": "growth of the error"}
title = "Rank correlation between ways, merged entries"
figure = plots.matrix_figure(agreed.rename(index=short, columns=short), title)
display(choice("How the ways agree"))
display(plots.show(figure, results.figure("rankings", "ways_agree")))

# %%
grown = ways["entries"].set_index(["way", "group"]).loc["error"].head(5)
grown = grown[["value", "ci_low", "ci_high"]].rename(index=merging.entry_words)
grown.columns = [f"error grows by ({unit})", "from", "to"]
grown.rename_axis(None).style.format(precision=3, na_rep="–")

# %% [markdown]
# In exchange and in the study's way each number rests on one network, that of chapter 3. Chapter 9 makes
# the three rankings with several free networks that differ in the seed alone, and has intervals over both.
# Categories that this corpus cannot tell apart share their relevance by chance, in every way, and no
# interval shows that; hence the entries. What follows is not merged: it is the study's.
#
# ## The study's ranking
#
# From here on the study's way alone, complete. Absolute relevance of the general categories, in three
# lines: a feature's value is its sum over the frames, a group's the mean over its features.

# %%
values = aggregator.aggregate("abs_sum").sum(axis=0)  # [inputs]
means = {name: values[members].mean() for name, members in groups.items()}
by_hand = pd.Series(means).sort_values(ascending=False)

# %% [markdown]
# And all rankings, 8 aggregates at 15 levels, with how sure they are:

# %%
asked = {"vuv": vuv, "resamples": resamples, "seed": seed}
questions = corpus.questions
ranked = ranking_intervals.rankings_with_intervals(
    aggregator, sums, questions, **asked
)
tables = ranking.write_rankings(ranked, results.rankings)
apart = ranking_intervals.neighbours_apart(aggregator, sums, questions, **asked)
write_csv(results.apart, apart)
drawn = plots.ranking_figures(results, jobs=cpu_count)

# %%
general = ranking.read_ranking(results.ranking("abs_sum", "general"))
words = general["group"].map(in_words)
beside = general[["mean", "group"]]
beside.insert(1, "by hand", general["group"].map(by_hand))
beside.insert(0, "what is asked about", words)
beside.head(5).style.hide().format(precision=4)

# %% tags=["hide-input"]
n_utterances = len(sums.frames)
caution = "Intervals from fewer than twenty utterances are too narrow."
none = "One utterance says nothing about others: there are no intervals."
say(
    f"""{len(tables)} rankings (8 aggregates × 15 levels) and {len(drawn)} figures were written.
    Number of test utterances: {n_utterances}.""",
    none if n_utterances == 1 else caution if n_utterances < 20 else "",
)

# %% [markdown]
# A group's *sum* adds the relevance of its features, each counted once; its *mean* divides by their
# number, so that a field about which many questions are asked does not win by that alone. Tables
# are sorted by mean. The names in capitals are those of the files, as the study prints them.
#
# ## How sure is a ranking?
#
# Other test sentences would have given other numbers. How different they might be is seen by drawing
# as many utterances again from the test set, with replacement, over and over, and ranking anew each
# time {cite:p}`efron1993`. By hand: each utterance's absolute relevance (its positive minus its
# negative sum), a mean for each group, and so many draws of utterances:

# %%
parts = group_matrix(sums.values[:, 0] - sums.values[:, 1], groups)
random = np.random.default_rng(seed)
equal = np.full(len(parts), 1 / len(parts))  # chance to be drawn
times = random.multinomial(len(parts), equal, size=resamples)
low, high = np.quantile(times @ parts, (0.025, 0.975), axis=0)

# %%
ends = pd.DataFrame(
    {"from, by hand": low, "to, by hand": high}, index=list(groups)
)
told = general.set_index("group")[["mean", "ci_low", "ci_high"]]
told = headed(told.join(ends).rename(index=in_words).head(5))
told.style.format(precision=4, na_rep="–")

# %% [markdown]
# The general categories as a picture. Bars are means; thin lines span one standard deviation over the
# group's features. 95 % of the means lie between the thick lines' ends and, on the right, 95 %
# of the ranks. Blue lines part neighbours that keep their order even when it is counted how many
# neighbours there are {cite:p}`holm1979`; without a blue line the order may be chance.

# Where voicing leads, it is left out here, as it would press all others against zero.

# %% tags=["shut"]
*_, alone = plots.rankings_of(results, "abs_sum", "general")
display(choice("Absolute sum, general categories"))
display(alone)

# %% [markdown]
# ## Absolute relevance at every level
#
# The absolute sum counts a push up and a push down alike: it says how much a group matters, not in
# which direction. The number behind a name is how many features the group has.

# %% tags=["shut"]
for level in LEVELS:
    display(choice(f"{level.number} · {level.title}"))
    for figure in plots.rankings_of(results, "abs_sum", level.slug):
        display(figure)

# %% [markdown]
# ## Which neighbours are really apart?
#
# The same rankings cut into tiers at the blue lines. Within a tier no group is safely ahead of its
# neighbour, though its first may well be ahead of its last.

# %% tags=["shut"]
for level in LEVELS[:2] + LEVELS[5:8]:
    cut = [
        "; ".join(map(in_words, tier))
        for tier in ranking_intervals.tiers(apart, "abs_sum", level.slug)
    ]
    if cut:
        display(choice(f"{level.number} · {level.title}"))
        rows = pd.DataFrame({"tier": range(1, len(cut) + 1), "groups": cut})
        display(rows.style.hide())

# %% [markdown]
# ## Up or down
#
# The positive and the negative sums of the general categories.

# %% tags=["shut"]
for aggregate in ("pos_sum", "neg_sum"):
    display(choice(AGGREGATE_TITLES[aggregate]))
    *_, alone = plots.rankings_of(results, aggregate, "general")
    display(alone)

# %% [markdown]
# ## All rankings
#
# Every aggregate at every level, first five groups each; the files hold all of them.

# %% tags=["shut"]
for aggregate, title in AGGREGATE_TITLES.items():
    display(choice(title))
    display(plots.ranking_digest(results.rankings, aggregate))

# %% [markdown]
# ## What was seen

# %%
FIRST = min(5, len(levels["entries"]))
shared = three_ways.in_all(ways["entries"], FIRST)
size = ways["entries"].set_index(["way", "group"])["value"]
believed = "; ".join(
    f"{merging.entry_words(name)} ({size['holds', name]:.2g} {unit})"
    for name in shared
)
rho = agreed.loc["holds"]

# %% tags=["hide-input", "answer"]
say(
    f"""**What may be believed:** {len(shared)} of the first {FIRST} entries are the same in
    all three ways{": " + believed if shared else ""}. The way that holds ranks like exchange at
    {plots.number(rho["replaced"], ".2f")}, like the study's way at {plots.number(rho["study"], ".2f")}
    (Spearman); what only the study's way puts first should not be believed for that.""",
    f"""As one entry count {became}: the labels of this corpus cannot tell them apart."""
    if became
    else "",
)

# %% tags=["hide-input"]
levels = ranking.read_ranking(results.ranking("abs_sum", "linguistic_levels"))
pairs = apart[(apart["aggregate"] == "abs_sum") & (apart["level"] == "general")]
span = (general["rank_high"] - general["rank_low"] + 1).mean()
known = (
    f"With 95 % confidence a category lies within {span:.1f} ranks on average."
)
say(
    f"""In the study's way, by mean absolute relevance, the first general categories are
    {"; ".join(words.head(3))}. The linguistic levels rank {", ".join(map(in_words, levels["group"]))}.""",
    f"""Of the {len(pairs)} neighbours among the general categories, {pairs["apart"].sum()} are really
    apart. {known if pd.notna(span) else ""}""",
)

# %% [markdown]
# ## What this does not show
#
# The intervals of the way that holds are over other sentences and other seeds of networks that are all held
# to the same curves; how the curves themselves would change with other training sentences is not in them.
# All other intervals are those of other sentences for this one network: another training gives another
# ranking, as chapter 9 shows. An entry of several groups says that they matter together, not which of them. Nor is it said whether a ranking is true: {doc}`chapter 11 </notebooks/11_truth>` plants a
# law and measures how much of it each statistic recovers. Three ways that agree can share one mistake,
# because they learnt from the same speech. Exchanged answers need not fit those that stay. For the means over utterances the intervals hold to first order only:
# late frames, which few utterances reach, add less to them than they should.
#
# ## Exercises
# Rankings are read by `read_ranking` from `intonation.lrp.ranking`.
#
# 1. Sort `rankings/abs_sum/general.csv` by `sum` instead of `mean`. Who climbs, and what does every
#    group that overtakes another have more of?

# %% tags=["solution"]
by_sum = general.sort_values("sum", ascending=False, kind="stable")
place = pd.Series(range(1, len(by_sum) + 1), by_sum.index)
table = pd.DataFrame(
    {"what is asked about": words, "features": general["n_features"]}
)
table["place by mean"], table["place by sum"] = general.index + 1, place
climbed = table["place by mean"] - table["place by sum"]
# a sum that overtakes has more features behind it, and never fewer
order = climbed.sort_values(ascending=False, kind="stable").index
table.loc[order].head(6).style.hide()

# %% [markdown]
# 2. Which groups are apart from their next one in `pos_sum` but not in `abs_sum`? Read
#    `rankings_apart.csv`.

# %% tags=["solution"]
known = pd.read_csv(results.apart, keep_default_na=False)
known = known[known["apart"] & (known["level"] == "general")]
pairs_of = {
    aggregate: set(zip(rows["group"], rows["next_group"], strict=True))
    for aggregate, rows in known.groupby("aggregate")
}
only = pairs_of.get("pos_sum", set()) - pairs_of.get("abs_sum", set())
shown = [
    f"- *{in_words(one)}* above *{in_words(two)}*" for one, two in sorted(only)
]
say(f"Of the general categories: {len(only)} pairs.", "\n".join(shown))

# %% [markdown]
# 3. Draw with another seed (`SET="seed=2"` trains anew, too; `rankings_with_intervals(…, seed=2)`
#    does not). What of a ranking stays as it is, and what moves?

# %% tags=["solution"]
how = {"vuv": vuv, "resamples": resamples}
one, other = (
    next(
        ranking_intervals.rankings_with_intervals(
            aggregator, sums, questions, **how, seed=n
        )
    )[-1]
    for n in (seed, seed + 1)
)
same = one[["group", "mean"]].equals(other[["group", "mean"]])
print("order and means stay:", same)
moved = (one["ci_low"] - other["ci_low"]).abs() / one["mean"].abs()
print(f"lower ends of intervals move by {100 * moved.mean():.1f} % of the mean")
