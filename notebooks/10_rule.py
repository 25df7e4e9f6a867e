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
# # 10 · How relevance is computed
#
# **How does one number, F0, become a share for every answer?**
#
# Reads: `corpus/`, `model/` of both targets. Writes: `results/rule/epsilon.csv`,
# `results/rule/wrong.csv`, `results/rule/figures/`. Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"
seed = 1

# %% tags=["hide-input"]
import pandas as pd
import torch
from intonation import load_model, open_corpus, plots
from intonation.book.prose import choice, headed, say
from intonation.book.run_folder import RunFolder
from intonation.evaluation import three_neurons as toy
from intonation.evaluation.method_agreement import (
    balances,
    differences,
    epsilon_sweep,
    explain_by_rules,
)
from intonation.evaluation.wrong import checks
from intonation.evaluation.wrong.bugs import BUGS
from intonation.files import write_csv
from intonation.labels.words import in_words
from intonation.lrp.ranking import group_matrix, input_groups
from intonation.lrp.rules import RULES
from intonation.model.target import TARGETS
from intonation.parameters import from_notebook
from IPython.display import display

chosen = from_notebook(globals())
run = RunFolder(run_folder)
results = run.results("rule")
n = plots.number

# %% [markdown]
# Three neurons are enough to follow every step by hand. Two of them take three answers, add up and
# pass on what is above zero; the third adds up their activations. Its output is F0 in semitones. The
# weights are made up; the numbers below are computed from them.

# %%
network, x = toy.three_neurons(), toy.answers()
first, _, last = network
title, asked = "Forward: weights and activations", list(toy.ANSWERS)
figure = plots.network_figure(network, x.numpy(), asked, title)
plots.show(figure, results.figure("forward"))

# %% [markdown]
# ## Forward
#
# $z = W x + b$ and $a = \max(0, z)$, then $y = w a + b$. From here on nothing is learnt any more, so
# gradients are needed for the input alone.

# %%
network.requires_grad_(False)
z = first.weight @ x + first.bias
a = z.relu()
y = last.weight[0] @ a + last.bias[0]
say(
    f"""z = {n(z[0])} and {n(z[1])}, a = {n(a[0])} and {n(a[1])}, y = {n(y)} semitones."""
)

# %% [markdown]
# ## Back from the output
#
# The Z rule, or LRP-0 {cite:p}`bach2015,montavon2019`, divides relevance in the proportions of the
# summands that made the sum. All relevance starts at the output, $R_y = y$. Its summands are $a_j w_j$
# and the bias; each takes its share:
#
# $$R_j = \frac{a_j w_j}{y} R_y$$

# %%
R_y = y
R_hidden = a * last.weight[0] / y * R_y
absorbed_last = last.bias[0] / y * R_y
say(f"""The two neurons get {n(R_hidden[0])} and {n(R_hidden[1])}, the bias absorbs
{n(absorbed_last)}; together {n(R_hidden.sum() + absorbed_last)}, which is y.""")

# %% [markdown]
# ## Down to the answers
#
# The same again, one layer below: neuron $j$ divides its $R_j$ among the $x_i w_{ij}$ and its bias,
# and an answer adds up what it gets from both.
#
# $$R_i = \sum_j \frac{x_i w_{ij}}{z_j} R_j$$

# %%
shares = first.weight * x / z[:, None] * R_hidden[:, None]  # [neurons, answers]
R_x = shares.sum(0)
absorbed_first = first.bias / z * R_hidden
absorbed = absorbed_first.sum() + absorbed_last

# %% tags=["hide-input", "answer"]
title = "Backward: relevance, green up and pink down"
biases = torch.cat([absorbed_first, absorbed_last[None]])
way = plots.Shares(shares.numpy(), R_hidden.numpy(), biases.numpy())
figure = plots.network_figure(network, x.numpy(), asked, title, shares=way)
plots.show(figure, results.figure("backward"))

# %% [markdown]
# An edge is as thick as the relevance it carries; boxes show what the biases absorbed.

# %%
say(f"""Relevance of the answers {" + ".join(map(n, R_x))} = {n(R_x.sum())}; absorbed {n(absorbed)};
together {n(R_x.sum() + absorbed)}. Nothing was lost on the way. This balance is called
conservation.""")

# %% [markdown]
# ## The same in one backward pass
#
# Each step multiplied by a weight and divided by a sum that the next step multiplied by again. What
# remains is the product of the weights on the way, which is the gradient, times the answer
# {cite:p}`ancona2018`; the derivation is in [](/book/notation.md). So no layer need be visited by hand.

# %%
told = x.clone().requires_grad_()
(gradient,) = torch.autograd.grad(network(told), told)
by_code = toy.relevance_by_rule(network, x, "z")

# %%
ways = {"gradient": gradient, "gradient × answer": gradient * x}
ways |= {"by hand": R_x, "this book's code": torch.tensor(by_code.values)}
columns = {name: values.tolist() for name, values in ways.items()}
pd.DataFrame(columns, index=asked).style.format(n)

# %% [markdown]
# **A no.** The last answer has a gradient, but an answer of no is 0, contributed nothing to the sums,
# and gets nothing. Under the Z rule only a yes can have relevance.
#
# **A bias** is a summand that no answer controls, so what it is due stays with it.
#
# ## A silent neuron
#
# Now the second answer is no. The second neuron's sum falls below zero, and it passes on nothing.

# %%
other = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)
z_other = first.weight @ other + first.bias
silent = toy.relevance_by_rule(network, other, "z")

# %% tags=["hide-input"]
say(f"""Its sum is {n(z_other[1])}, its activation 0. So F0 is {n(silent.explained)}; relevance
{", ".join(map(n, silent.values))}; absorbed {n(silent.absorbed)}. The silent neuron has no relevance
to divide, and its bias absorbs nothing. That a yes to the second question *would* have changed F0,
relevance does not say: it tells what did happen.""")

# %% [markdown]
# ## Batch norm
#
# In a trained network batch norm {cite:p}`ioffe2015` is an affine map,
# $s z + t$ with $s = \gamma / \sqrt{v + \epsilon}$ and $t = \beta - s \mu$. Its input gets the share of
# $s z$, and $t$ absorbs like a bias. Or it is merged with the layer before it into a single one, with
# weights $s W$ and bias $s b + t$.

# %%
normed = toy.three_neurons(batch_norm=True)
single = toy.merged(normed)
norm = normed[1]
s = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach()
t = norm.bias.detach() - s * norm.running_mean
say(f"s = {n(s[0])} and {n(s[1])}, t = {n(t[0])} and {n(t[1])}.")

# %% tags=["shut"]
pairs = {
    f"{rule}, {name}": toy.column(toy.relevance_by_rule(which, x, rule))
    for rule in ("z", "gamma")
    for name, which in (("two layers", normed), ("merged", single))
}
display(choice("Two layers and one, by two rules"))
display(pd.DataFrame(pairs).style.format(n))

# %% [markdown]
# The Z rule does not notice the difference. Other rules do, because they look at the signs of single
# summands; so for them convolution and batch norm are merged first, always, and the rule is applied to
# the map that the network really computes.
#
# ## A sum
#
# Residual and skip connections add activations. A sum is a neuron with weights 1 and no bias: each
# summand gets its own proportion, which may be more than the whole if the summands pull against each
# other.

# %%
summands = torch.tensor([2.0, -1.5], dtype=torch.float64)
R_sum = summands.sum()
R_summands = summands / summands.sum() * R_sum
say(f"""Summands {n(summands[0])} and {n(summands[1])} divide a relevance of {n(R_sum)} into
{n(R_summands[0])} and {n(R_summands[1])}: sizes of relevance can exceed what is explained.
Sums keep the Z rule whatever the rule of the other layers.""")

# %% [markdown]
# ## Other rules
#
# With $z^+$ for the sum of the positive summands and $z^-$ for that of the negative ones:
#
# | rule | neuron $j$ gives input $i$ | idea |
# |---|---|---|
# | `z` | $a_i w_{ij} / z_j$ of its relevance | what happened |
# | `epsilon` | $a_i w_{ij} / (z_j \pm \epsilon)$ | weak neurons fade {cite:p}`bach2015` |
# | `gamma` | $(a_i w_{ij} + \gamma (a_i w_{ij})^+) / (z_j + \gamma z_j^+)$ | what agrees with the sum counts more {cite:p}`montavon2019` |
# | `alpha_beta` | $(1 + \beta) (a_i w_{ij})^+ / z_j^+ - \beta (a_i w_{ij})^- / z_j^-$ | both signs apart {cite:p}`bach2015` |
# | `z_box` | $(x_i w_{ij} - w_{ij}^-) / (\ldots)$, first layer only | against the least the layer could be told {cite:p}`montavon2017` |
#
# `gamma` and `alpha_beta` are written for $z_j > 0$; else the signs change places. Under `gamma` and
# `alpha_beta` the output keeps the Z rule, since it may have either sign. In code, every rule is
# one pass back through the network in which each layer hands down with other weights than it was
# computed with: the output stays, the gradient changes.

# %% tags=["shut"]
ruled = {rule: toy.relevance_by_rule(network, x, rule) for rule in RULES}
columns = {rule: toy.column(found) for rule, found in ruled.items()}
toy_table = pd.DataFrame(columns)
display(choice("The three answers, by rule, in numbers"))
named = {rule: plots.method_name(rule).removeprefix("LRP, ") for rule in RULES}
display(toy_table.rename(columns=named).style.format(n))

# %% tags=["hide-input"]
title, label = "The three answers, by rule", "relevance (semitones)"
shown = toy_table.drop(index="F0").rename(columns=named)
figure = plots.marks_figure(shown, title=title, label=label)
plots.show(figure, results.figure("toy_rules"))

# %% [markdown]
# Only `z_box` gives the *no* something: it compares with the worst that a neuron could have been
# told, and a no to a question that lowers a neuron has spared it that.
#
# ## On the network of this run
#
# The shortest test utterance, both targets. Every rule must balance:

# %%
corpus = open_corpus(run.corpus)
frames = corpus.table.set_index("id").loc[corpus.ids("test"), "frames"]
utterance = corpus[frames.idxmin()]
models = {target: load_model(run.model(target)) for target in TARGETS}
found = {
    target: explain_by_rules(model, utterance)
    for target, model in models.items()
}

# %% tags=["shut"]
tables = {target: balances(by_rule) for target, by_rule in found.items()}
balance = pd.concat(tables, names=["target"])
display(choice("The balance of every rule"))
display(
    balance.reset_index().style.hide().format("{:.4g}", subset=list(balance))
)

# %% [markdown]
# The gap is rounding in 32 bits. Rules share out the same output very differently between inputs and
# biases, so sums of relevance can only be compared within a rule.
#
# ## How small must a stabiliser be?
#
# Some libraries add a small $\epsilon$ to every denominator, to be safe. It is not harmless: how much
# it changes depends on how many neurons have sums near zero, and the number is in the units of those
# sums. In float64, for the same utterance:

# %%
epsilons = [10.0**power for power in range(-9, 0)]
sweeps = {
    target: epsilon_sweep(model, utterance, epsilons)
    for target, model in models.items()
}
swept = pd.concat(sweeps, names=["target", "row"]).reset_index("target")
write_csv(results / "epsilon.csv", swept)

# %%
lines = {TARGETS[target].title: sweep for target, sweep in sweeps.items()}
figure = plots.epsilon_figure(lines, "Change of relevance against epsilon")
plots.show(figure, results.figure("epsilon"))

# %% tags=["hide-input"]
at = {k: v.set_index("epsilon")["relative_change"] for k, v in sweeps.items()}
parts = [
    f"`{k}` {100 * v.iloc[3]:.2g} % at 10⁻⁶, {100 * v.iloc[7]:.2g} % at 10⁻²"
    for k, v in at.items()
]
say(f"""Relative change of relevance (Euclidean): {"; ".join(parts)}.
This book divides by the sums as they are, and skips neurons that are silent.""")

# %% [markdown]
# ## The rules side by side
#
# The general categories' relevance for the whole utterance, each rule relative to its own sum of
# absolute relevance, because the rules differ in size.

# %%
shares = {}
for target, by_rule in found.items():
    vuv = models[target].config.uses_vuv
    groups = input_groups(corpus.questions, "general", vuv=vuv)
    names = [in_words(name) for name in groups]
    shares[target] = pd.DataFrame(index=names)
    for rule, relevance in by_rule.items():
        sums = group_matrix(relevance.values, groups, statistic="sum").sum(0)
        shares[target][rule] = 100 * sums / max(abs(sums).sum(), 1e-30)

# %%
label = "share of the categories' absolute relevance (%)"
for target, table in shares.items():
    title = f"{utterance.text or utterance.id} ({TARGETS[target].title})"
    see = "Where the marks of a row part, the rules disagree about it."
    shown = table.rename(columns=named)
    figure = plots.marks_figure(shown, title=title, label=label)
    display(choice(f"The rules side by side: {TARGETS[target].title}"))
    display(plots.show(figure, results.figure(f"rules_{target}"), see))

# %% [markdown]
# Feature by feature, against the Z rule: *size* is the sum of absolute relevance, times that of the Z
# rule; *same sign* the share of the Z rule's absolute relevance whose sign stays; *correlation* is
# Spearman's, of signed relevance per phone and feature.

# %% tags=["shut"]
apart = pd.concat({k: differences(v) for k, v in found.items()})
apart = apart.rename_axis(["target", "rule"]).reset_index()
display(choice("Every rule against the Z rule"))
shown = headed(apart.assign(rule=apart["rule"].map(named)))
display(shown.style.hide().format(precision=2, na_rep="–"))

# %% [markdown]
# ## Wrong on purpose
#
# Code that computes relevance can be wrong and still draw plausible pictures. Would anybody notice?
# Here bugs are planted, one at a time, of the kinds that such programs have had: the published
# study's library mistook batch norm, and every feature entered its group twice (chapter 12). Then the
# checks that chapters of this book make are made again, by the functions that these chapters call, on
# two small networks with made-up weights: one as trained ones are, and one that computes a sum of
# terms, so that the truth is known.
#
# By hand, one bug and one check: the last layer hands down with the wrong sign, and what is
# explained no longer equals relevance and what biases absorbed.

# %%
made_up = checks.made_up(seed)
for name in ("none", "sign"):
    with BUGS[name].planted():
        found = explain_by_rules(made_up.model, made_up.utterance, ["z"])["z"]
    rest = found.explained - found.values.sum() - found.absorbed
    print(
        f"{BUGS[name].words}: missing {abs(rest):.3g} of {found.explained:.3g}"
    )

# %% [markdown]
# All bugs, all checks:

# %% tags=["remove-output"]
wrong = checks.wrong_on_purpose(seed)
write_csv(results / "wrong.csv", wrong)

# %% tags=["hide-input", "shut"]
caught = wrong.pivot(index="bug", columns="check", values="caught").astype(
    float
)
caught = caught.loc[list(BUGS), list(checks.CHECKS)]
rows = {name: bug.words for name, bug in BUGS.items()}
columns = {n: f"{c.words} ({c.chapter})" for n, c in checks.CHECKS.items()}
title = "Which check catches which bug (in brackets: the chapter of the check)"
words = {0.0: "\N{MIDDLE DOT}", 1.0: "caught"}
look = {"limits": (0, 1), "cell_in": (0.62, 0.36), "words": words}
figure = plots.matrix_figure(
    caught.rename(index=rows, columns=columns), title, **look
)
display(choice("Every bug, every check"))
display(plots.show(figure, results.figure("wrong")))

# %%
unseen = caught.drop(index="none").sum().sort_values()
say(f"""{checks.verdict(wrong)} No check catches all:
*{checks.CHECKS[unseen.index[0]].words}* catches {unseen.iloc[0]:.0f}, *{checks.CHECKS[unseen.index[-1]].words}*
{unseen.iloc[-1]:.0f} of {len(caught) - 1}. That everything adds up shows neither a stabiliser in the
denominators nor a network that is not the one that predicts.""")

# %% [markdown]
# ## What was seen

# %% tags=["hide-input", "answer"]
gap = (balance["gap"] / balance["explained"].abs().clip(lower=1e-9)).abs().max()
sizes = apart.set_index(["target", "rule"])["size"]
say(f"""By hand, by gradient and by code, the three answers have the same relevance
({", ".join(map(n, R_x))}). On the trained networks all rules balance to {gap:.0e} of the output.
Absolute relevance is between {sizes.min():.2g} and {sizes.max():.2g} times that of the Z rule, and
the least similar rule correlates with it at {apart["correlation"].min():.2f}: a rule is a choice, and
has to be named with every result.""")

# %% [markdown]
# ## What this does not show
#
# Which rule is right. Conservation is bookkeeping: all rules here have it and they disagree. Nor that
# there is no other bug: checks catch the kinds that somebody thought of. Whether
# relevance finds what really moves F0 needs a law that is known, and whether it is true to the model needs
# inputs that are changed; both have chapters of their own.
#
# ## Exercises
# 1. Give `toy.three_neurons` a `hidden_weight` with which the second neuron's sum nearly vanishes, such
#    as `[[2, -0.5, 1], [-1.99, 3, -2]]`: what does the Z rule do in `toy.relevance_by_rule`, and what
#    does `Epsilon(0.1)` of `intonation.lrp.rules`?

# %% tags=["solution"]
from intonation.lrp.rules import Epsilon

near_zero = [[2.0, -0.5, 1.0], [-1.99, 3.0, -2.0]]
weak = toy.three_neurons(hidden_weight=near_zero)
print("sums of the neurons:", [n(z) for z in weak[0](x).detach()])
found = {
    name: toy.column(toy.relevance_by_rule(weak, x, rule))
    for name, rule in (("z", "z"), ("epsilon 0.1", Epsilon(0.1)))
}
# Z divides by the small sum and multiplies by it again: shares of opposite
# sign, large beside what the neuron passes on; epsilon lets them fade
pd.DataFrame(found).style.format(n)

# %% [markdown]
# 2. Find a `hidden_weight` with which the two neurons give the second answer shares of opposite sign
#    that cancel. Does the answer then not matter to F0? What do `gamma` and `alpha_beta` give it?

# %% tags=["solution"]
cancelling = [[2.0, 1.5, 1.0], [-1.0, 3.0, -2.0]]
opposed = toy.three_neurons(hidden_weight=cancelling)
without = x * torch.tensor([1.0, 0.0, 1.0], dtype=x.dtype)
with torch.no_grad():
    change = float(opposed(x) - opposed(without))
given = {
    rule: n(toy.relevance_by_rule(opposed, x, rule).values[1])
    for rule in ("z", "gamma", "alpha_beta")
}
print(f"relevance of the second answer, by rule: {given}")
print(f"F0 without it differs by {n(change, '.2f')} semitones: it does matter")

# %% [markdown]
# 3. Explain another test utterance by `explain(model, utterance, rule=…)` with `Gamma` of two
#    strengths: what stays the same, whatever the strength?

# %% tags=["solution"]
from intonation import explain
from intonation.lrp.rules import Gamma

other, strengths = corpus[corpus.ids("test")[-1]], {}
for strength in (0.1, 1.0):
    rule = Gamma(strength)
    found = explain(models["semitones"], other, rule=rule, per="phone")
    strengths[f"gamma {strength:g}"] = {
        "explained": found.explained,
        "relevance": found.values.sum(),
        "absorbed": found.absorbed,
        "size": abs(found.values).sum(),
    }
# what is explained, and that it is shared out whole
pd.DataFrame(strengths).T.style.format(precision=3)
