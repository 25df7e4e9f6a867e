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
# # 18 · Told apart, acting together
#
# **Which groups can be told apart, and which act together?**
#
# Reads: `corpus/`, `features/`, `model/semitones/`. Writes: `results/together/`,
# `results/together/figures/`. Time: TIME_TAKEN.
#
# A ranking gives each group of questions a line of its own. That is honest only where the labels of
# the corpus can tell the groups apart, and it is all there is to say only where groups add up. This
# chapter measures both.

# %% tags=["parameters"]
run_folder = "build/default"
cpu_count = 1
seed = 1
small_hidden_size = 32
kernel_size = 2
dropout = 0.2
input_dropout = 0.5
weight_decay = 0.0
resamples = 1000
law_test_utterances = 60
law_noise_semitones = 0.5
law_epochs = 24
law_learning_rate = 0.005
law_batch_size = 16
law_penalty = 0.005
law_replacement_draws = 4
together_train_utterances = 300
together_utterances = 12
together_donors = 1

# %% tags=["hide-input"]
import inspect

import numpy as np
import pandas as pd
from intonation import load_model, open_corpus, plots
from intonation.book.prose import choice, headed, say
from intonation.book.run_folder import RunFolder
from intonation.corpus.features import load_features
from intonation.corpus.splits import sentence_keys
from intonation.evaluation import planted_law as planted
from intonation.evaluation import recovery
from intonation.evaluation.faithfulness import draw_donors, take_samples
from intonation.evaluation.together import counts, interactions, merging, told
from intonation.evaluation.together.entry_ranking import (
    joined,
    net_relevance,
    rank_entries,
)
from intonation.evaluation.together.product_law import (
    ACTING_TOGETHER,
    PRODUCTS,
    product_size,
)
from intonation.files import write_csv
from intonation.labels.words import in_words
from intonation.parameters import from_notebook
from intonation.statistics import rank_correlation
from IPython.display import Code, display
from sklearn.linear_model import Ridge

# %%
chosen = from_notebook(globals())
run = RunFolder(run_folder)
results, MOST = run.results("together"), 8  # groups in a matrix of pairs
size_of = interactions.SIZE
corpus, features = open_corpus(run.corpus), load_features(run.features)
groups = planted.question_groups(corpus.questions)
words = list(map(in_words, groups))

# %% [markdown]
# ## Who tells whom
#
# How much of a group's answers follows from the answers of the others? Ridge regression tells each
# group from all others together, and from each other one alone, over voiced phones. What counts is the share of the
# group's variance that it tells in sentences that it has not learnt from: the sentences of the
# training split are cut into five parts, and each is told from the other four. Readings of one
# sentence stay in one part.

# %% tags=["remove-output"]
most = {
    "train": chosen.together_train_utterances,
    "test": chosen.law_test_utterances,
}
law = {"law": ACTING_TOGETHER, "seed": seed}
law |= {"noise_semitones": chosen.law_noise_semitones}
training, test = (
    planted.plant(corpus, features, split, at_most=most[split], **law)
    for split in most
)

# %%
sentences = sentence_keys(corpus.table.set_index("id")["text"])
answers = told.gather(training, sentences, groups)
pairs = told.pairwise(answers, seed=seed)
table = told.told_table(answers, pairs, seed=seed)
write_csv(results / "told.csv", table)
write_csv(results / "pairs.csv", pairs.rename_axis("teller").reset_index())

# %% [markdown]
# One share by hand, with scikit-learn: how much the stress of syllables follows from all else.

# %%
known = table.dropna(subset=[told.NEW])["group"].tolist()
one = "SYLLABLE_STRESS" if "SYLLABLE_STRESS" in known else (known or [""])[0]
own = answers.columns.get(one, np.zeros(0, dtype=int))
x, y = np.delete(answers.scores, own, axis=1), answers.scores[:, own]
missed, whole = [], []
for part in told.parts_of(answers, seed=seed) if one else []:
    new = np.isin(answers.sentence, part)
    guess = Ridge(told.ALPHA).fit(x[~new], y[~new]).predict(x[new])
    missed.append(np.sum((guess.reshape(y[new].shape) - y[new]) ** 2))
    whole.append(np.sum((y[new] - y[~new].mean(axis=0)) ** 2))

# %%
by_hand = 1 - sum(missed) / sum(whole) if whole else np.nan
by_code = table.set_index("group")[told.NEW].get(one, np.nan)
say(
    f"""By hand {by_hand:.4f}, `told.shares` {by_code:.4f} ({in_words(one)})."""
    if one
    else "There is one sentence only: who tells whom cannot be known."
)

# %%
named = pairs.set_axis(words, axis=0).set_axis(words, axis=1)
title = "Share of a group (column) that another alone (row) tells"
figure = plots.matrix_figure(
    named.clip(lower=0),
    title,
    label="share told",
    limits=(0, 1),
    cell_in=(0.24, 0.24),
)
plots.show(figure, results.figure("who_tells_whom"))

# %% [markdown]
# ## One entry for what cannot be told apart
#
# The rule was fixed before any ranking was seen: two groups are one entry where each tells 90 % of
# the other, or one tells 95 % of the other, or where a count is told exactly (see below); a group of
# which all others together tell 95 % joins the one that tells most of it, and all is measured again. A
# group of which they tell 90 % keeps its entry, but its place is doubtful. Groups that ask about the same
# label fields were joined before (chapter 11).
#
# *Counts.* A syllable has as many phones as the phone's place counted from both its ends says, less
# one. The group of lengths is told badly as a whole, because it also asks about neighbours, but what F0 does in
# proportion to this length could as well be due to the place. So a group joins another one where a
# count of its own syllable, word, phrase or utterance is told to 99 % by the others: the one that tells
# most of it. Chapter 11 marks rankings before and after.

# %%
counted = counts.told_counts(training, answers, seed=seed)
write_csv(results / "counts.csv", counted)
sums = counts.exact_sums(counted)

# %%
entries = merging.merged_groups(groups, answers, sums=sums, seed=seed)
merged = merging.merged_table(entries, answers, seed=seed)
write_csv(results / "merged.csv", merged)
parts = {name: entry.parts for name, entry in entries.items()}
doubtful = merged.loc[merged["doubtful"], "words"]
became = merging.merges_told(entries)

# %% tags=["hide-input"]
say(
    f"On this corpus these became one entry: **{became}**."
    if became
    else "On this corpus no two groups became one entry.",
    f"""Because of an exact count: {"; ".join(map(in_words, sums)) or "none"}.""",
    f"""Of {len(groups)} groups there are {len(entries)} entries. Doubtful, because the others tell
90 % or more: {"; ".join(doubtful) if len(doubtful) else "none"}.""",
)

# %% [markdown]
# ## How much speech would part them?
#
# With few sentences, things go together by chance. A regression, or a network, then tells a group
# from others in the sentences that it learnt from (broken lines), but not in new ones (whole lines).
# More speech lets the broken lines fall and the whole ones rise. Between them lies what goes together
# by chance, and more speech would part it. What lies below both goes together in every sentence:
# more sentences of this kind will not part it, only sentences made for it.

# %%
numbers = told.sizes(answers.sentences)
growth = told.learning_curve(answers, numbers, seed=seed)
write_csv(results / "learning.csv", growth)
last = growth[growth["sentences"] == max(numbers, default=0)]
first = last.nlargest(5, told.NEW)["group"].tolist()

# %%
title = "The five groups that others tell most of, by number of sentences"
figure = plots.told_figure(
    growth, first, title=title, learnt=told.SELF_TOLD, new=told.NEW
)
plots.show(figure, results.figure("learning"))

# %% tags=["hide-input"]
gap = (last[told.SELF_TOLD] - last[told.NEW]).clip(0, 1)
start = growth[growth["sentences"] == min(numbers, default=0)]
before = (start[told.SELF_TOLD] - start[told.NEW].clip(lower=0)).median()
say(
    f"""After {min(numbers)} sentences the lines of the median group are {before:.2f} apart, after
{max(numbers)} {gap.median():.2f}. {(gap < 0.1).sum()} of {len(gap)} groups are within 0.1: for these
this much speech is enough to know what goes together anyway, for the others it is not."""
    if numbers
    else "With one sentence there is nothing to compare."
)

# %% [markdown]
# ## Acting together
#
# Two groups act together where what they do to F0 is not the sum of what each does: an accent that
# counts for more at the start of a phrase, a boundary tone that is heard on the last syllables only.
# Take the answers of group A from another phone, then those of group B from the same phone, then
# both:
#
# $$ I = f(\text{both}) - f(A) - f(B) + f(\text{none}) $$
#
# is what only both do. Half its root mean square over voiced frames is given here, in semitones: its square is the superset
# importance {cite:p}`liu2006`, the variance of all that needs A and B together. Where effects add
# up it is 0.
#
# ## A law that is known
#
# The law of chapter 11, in which boundary tone and place of the syllable act together, with two products
# more:

# %%
Code(inspect.getsource(interactions.second_differences), language="python")

# %% tags=["hide-input"]
say(*[f"- {product.words}" for product in PRODUCTS])

# %% [markdown]
# For a product of g, about one group, and h, about another, both measured from their means, the
# size can be worked out: $I = (g'-g)(h'-h)$, so $E[I^2]/4$ is $(E[g^2h^2] + E[g^2]E[h^2])/2$ and
# $E[gh]^2$ together. By hand for one utterance, each phone taking its answers from each other once:

# %%
item = max(test, key=lambda item: len(item.weight))
fields, even = item.fields, np.ones(len(item.weight))
units = {
    name: [
        field
        for field in planted.FIELDS
        if planted.group_of_field(field) == name
    ]
    for name in groups
}
everyone = interactions.every_donor(len(even))
moved = interactions.law_moved(fields, units, ACTING_TOGETHER)

# %%
lines = []
for product in PRODUCTS:
    if not set(product.groups) <= set(units):
        continue
    by_hand = product_size(product.first(fields), product.second(fields), even)
    found = interactions.pair_sizes(moved, [product.groups], even, everyone)
    by_code = found[size_of].iloc[0]
    lines.append(
        f"- {product.words}: by hand {by_hand:.4f}, by replacing {by_code:.4f}"
    )
say(*lines)

# %% [markdown]
# ## Does a network that learnt the law show it?
#
# A network sparse in groups, as in chapter 11, learns the law. Then the same replacements are made in
# the law and in the network, for the groups with the largest effects in the law.

# %% tags=["remove-output"]
recipe = recovery.recipes(chosen)[-1]
task = (training, corpus.questions.names, groups, recipe)
network = recovery.train_on_law(*task, results / "networks" / "law")

# %%
draws = {"draws": chosen.law_replacement_draws, "seed": seed}
alone = interactions.law_effects(test, units, ACTING_TOGETHER, **draws)
largest = alone.nlargest(MOST).index.tolist()
both = interactions.pairs_of(largest)
stacked, weight = planted.stacked(test)
law_donors = interactions.drawn_donors(weight, **draws)

# %%
ways = {
    "planted": interactions.law_moved(stacked, units, ACTING_TOGETHER),
    "found": interactions.network_moved(network, test, groups),
}
law_pairs = pd.DataFrame(both, columns=["first", "second"])
for name, way in ways.items():
    found = interactions.pair_sizes(way, both, weight, law_donors)
    law_pairs[f"{name}_semitones"] = found[size_of].where(
        lambda size: size > 1e-9, 0
    )
write_csv(results / "law.csv", law_pairs)

# %%
planted_size, found_size = (
    law_pairs["planted_semitones"],
    law_pairs["found_semitones"],
)
real = planted_size > 0
agreement = rank_correlation(planted_size.to_numpy(), found_size.to_numpy())
floor = float(found_size[~real].max()) if (~real).any() else 0.0
off = (found_size / planted_size - 1)[real]
law_pairs["pair"] = [f"{in_words(a)} × {in_words(b)}" for a, b in both]
shown = law_pairs.nlargest(8, ["planted_semitones", "found_semitones"])
shown = shown.set_index("pair")[["planted_semitones", "found_semitones"]]
headed(shown).style.format(precision=2)

# %% tags=["hide-input"]
best = recovery.ceiling(planted_size)
hits = recovery.precision_at(
    found_size.to_numpy(), planted_size.to_numpy(), max(int(real.sum()), 1)
)
say(f"""Over {len(law_pairs)} pairs, planted and found sizes have a rank correlation of {agreement:.2f}, of
{best:.2f} that are possible (pairs that do nothing together are tied in truth). The sizes of the {real.sum()} pairs
that act together in the law are found
{"; ".join(f"{abs(share):.0%} too {'large' if share > 0 else 'small'}" for share in off) or "nowhere"};
{hits:.0%} of these pairs are among as many that are found largest. Pairs that do nothing together have up
to {floor:.2f} semitones. The network is off the law by {recovery.error_semitones(network, test):.2f} semitones.""")

# %% [markdown]
# The same network and law say what merging does for a ranking: planted effects (chapter 11) and the
# spread over frames of net relevance, by groups and by entries.

# %%
law_net = [
    recovery.relevance_per_output(network, item.inputs, groups, "z")
    for item in test
]
counted = [item.weight for item in test]
read = {
    name: [field for part in some for field in units[part]]
    for name, some in parts.items()
}
merged_effects = interactions.law_effects(test, read, ACTING_TOGETHER, **draws)

# %%
apart = recovery.spread(law_net, counted)
merged_spread = recovery.spread(joined(law_net, groups, parts), counted)
by_group = rank_correlation(alone.to_numpy(), apart)
by_entry = rank_correlation(merged_effects.to_numpy(), merged_spread)
say(f"""Rank correlation with the planted effects: {by_group:.2f} over {len(groups)} groups,
{by_entry:.2f} over {len(entries)} entries.""")

# %% [markdown]
# ## The network of chapter 3
#
# Entries first, one by one: Z-rule relevance in semitones, each frame's output explained on its own.
# An entry's is the sum of its parts'. It is ranked by the spread (standard deviation) over voiced
# frames, the statistic that recovers a planted law best in chapter 11.

# %% tags=["remove-output"]
model = load_model(run.model("semitones"))
at_most = chosen.together_utterances
samples = take_samples(corpus, "test", at_most, "semitones")
net = net_relevance(model, samples, groups)
net = joined(net, groups, parts)
drawing = {"resamples": resamples, "seed": seed}
ranking = rank_entries(net, merged, **drawing)
write_csv(results / "ranking.csv", ranking)

# %% [markdown]
# Then pairs: groups take their answers from another utterance, phone after phone, both of a pair from
# the same. Three pairs that phonetics asks about are made of the label fields that they are about:
# accent and place in the phrase; stress and boundary (tone, and syllables to the end); boundary tone
# (question or statement) and the last syllables.

# %% tags=["remove-output"]
donors = draw_donors(corpus, len(samples), chosen.together_donors, seed)
fine = interactions.unit_groups(corpus.questions)
asked = interactions.known_pairs(list(interactions.NAMED), fine)
task = (model, samples, donors)
squares = interactions.frame_interactions(*task, fine, asked)
named_pairs = interactions.with_intervals(squares, **drawing)
pairs_asked = zip(named_pairs["first"], named_pairs["second"], strict=True)
named_pairs["pair"] = [interactions.NAMED[pair] for pair in pairs_asked]
write_csv(results / "named_pairs.csv", named_pairs)

# %%
figure = plots.interval_figure(
    named_pairs,
    title="Three pairs that phonetics asks about",
    row="pair",
    value=size_of,
    label="done only together (semitones)",
)
see = "At 0 the two only add up; the farther right, the more they do only together."
plots.show(figure, results.figure("named_pairs"), see)

# %% [markdown]
# And all pairs of the entries that come first in the ranking.

# %% tags=["remove-output"]
leading = ranking["entry"].head(MOST).tolist()
units_led = {name: entries[name].indices for name in leading}
pairs_led = interactions.pairs_of(leading)
squares = interactions.frame_interactions(*task, units_led, pairs_led)
acting = interactions.with_intervals(squares, **drawing)
told_pairs = zip(acting["first"], acting["second"], strict=True)
acting["pair"] = [" × ".join(map(merging.entry_words, p)) for p in told_pairs]
write_csv(results / "interactions.csv", acting)

# %% tags=["hide-input"]
labels = ranking["entry"].map(merging.entry_label)
mark = ranking["doubtful"].map({True: " (doubtful)", False: ""})
bars = plots.interval_figure(
    ranking.assign(name=labels + mark),
    title="What the network makes of each entry",
    value="spread",
    label="spread of net relevance over frames (semitones)",
)
matrix = interactions.as_matrix(acting, leading)
places = [str(n) for n in range(1, len(leading) + 1)]
rows = [f"{n}: {name}" for n, name in zip(places, labels, strict=False)]
matrix = matrix.set_axis(rows, axis=0).set_axis(places, axis=1)
high = max(matrix.max(axis=None, skipna=True), 1e-9) if len(acting) else 1.0

# %% tags=["answer"]
title = "What two groups do only together, in semitones"
look = {"limits": (0, float(high)), "cell_in": (0.5, 0.46)}
acting_figure = plots.matrix_figure(matrix, title, **look)
display(choice("One by one: the entries"))
see = "The farther right, the more this entry moves F0 from frame to frame."
display(plots.show(bars, results.figure("ranking"), see))
display(choice("Together: the leading entries in pairs"))
see = "The darker, the more two entries do only together; numbers name the columns."
display(plots.show(acting_figure, results.figure("interactions"), see))

# %% [markdown]
# ## What was seen

# %%
most_together = acting.nlargest(3, size_of)
strong = "; ".join(interactions.sizes_told(most_together))
lows = pd.concat([named_pairs["ci_low"], most_together["ci_low"]])
clear = int((lows > floor).sum())
phonetic = (
    "; ".join(interactions.sizes_told(named_pairs)) or "none is asked about"
)

# %% tags=["hide-input", "answer"]
say(
    f"""**Told apart.** {len(groups)} groups of questions are {len(entries)} entries on this corpus:
{f"{became} became one" if became else "none were merged"}. The place of
{plots.counted(len(doubtful), "entry", "entries")} is doubtful{": " * bool(len(doubtful))}
{"; ".join(doubtful)}. First come {"; ".join(ranking["words"].head(4))}.""",
    f"""**Acting together.** In semitones, with intervals over {len(samples)} utterances: {phonetic}.
Of the leading entries, most do {strong or "none"}. A network that learnt a law showed up to
{floor:.2f} for pairs that do nothing together, and {clear or "none"} of these sizes
{"is" if clear < 2 else "are"} clearly above that: the others say nothing.""",
)

# %% [markdown]
# ## What this does not show
#
# Regression is linear: what a network can tell from other groups in a roundabout way is more than what
# is shown here. The share counts variance, so a rare answer (a tone that few phrases end with) may
# be told badly in a group that is told well. The limits of 90, 95 and 99 % are a choice.
#
# Pairs are measured on answers that no sentence may have together, and sizes are of a network, not of
# speech: it may lack what speech has, and it bends everywhere a little, which adds up to a floor. A
# size has no sign, and what three groups do together counts for each pair of them. The law in which
# pairs were found was of two products and a tone, for one network and one seed.
#
# ## Exercises
# 1. Let two groups be one entry where each tells 70 % of the other, or one tells 80 %. Which would be
#    merged?

# %% tags=["solution"]
near = pairs.fillna(0)
mutual, whole = np.minimum(near, near.T) >= 0.7, np.maximum(near, near.T) >= 0.8
looser = (mutual | whole).astype(float)
joined_then = [some for some in merging.linked(looser) if len(some) > 1]
for some in joined_then or [["none"]]:
    print(" with ".join(map(in_words, some)))

# %% [markdown]
# 2. In the law without the two products, what do stress and place in the phrase do together? And the
#    boundary tone and the place?

# %% tags=["solution"]
usual = interactions.law_moved(stacked, units, planted.LAW)
place = "SYLLABLE_POSITION"
for other in ("SYLLABLE_STRESS", "PHRASE_BOUNDARY_TONE"):
    if {place, other} <= set(units):
        pair = [(other, place)]
        size = interactions.pair_sizes(usual, pair, weight, law_donors)
        print(in_words(other), f"{size[size_of].iloc[0]:.3f}")

# %% [markdown]
# 3. Make the second product twice as large. By how much does its size grow, by the formula and by
#    replacing?

# %% tags=["solution"]
from dataclasses import replace

product = PRODUCTS[1]
second = product.second(stacked)
for times in (1, 2):
    term = replace(product.term, times=times)
    if set(product.groups) <= set(units):
        way = interactions.law_moved(stacked, units, (*planted.LAW, term))
        size = interactions.pair_sizes(
            way, [product.groups], weight, law_donors
        )
        worked_out = product_size(
            product.first(stacked), times * second, weight
        )
        print(f"{size[size_of].iloc[0]:.3f}, worked out {worked_out:.3f}")
