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
# # 12 · Against the published study
#
# **Does this run rank linguistic information as the published study did?**
#
# Reads: `corpus/`, `model/`, and of both targets `results/<target>/rankings/abs_sum/`,
# `results/<target>/errors.csv`, `results/<target>/conservation.csv`. Writes:
# `results/study/agreement.csv`, `results/study/norm_fault.csv`, `results/study/figures/`.
# Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"
source = ""
study_utterances = 4
study_permutations = 9999

# %% tags=["hide-input"]
from pathlib import Path

import pandas as pd
from intonation import load_model, open_corpus, plots
from intonation.book.prose import choice, headed, say
from intonation.book.run_folder import RunFolder
from intonation.evaluation import innvestigate as norm_fault
from intonation.evaluation import published as study
from intonation.files import write_csv
from intonation.labels.taxonomy import find_level
from intonation.labels.words import in_words
from intonation.lrp.ranking import input_groups
from intonation.parameters import from_notebook
from intonation.statistics import rank_correlation
from IPython.display import display

# %%
chosen = from_notebook(globals())
run = RunFolder(run_folder)
results = run.results("study")
targets = {"ln F0": "log_f0", "semitones": "semitones"}

# %% [markdown]
# The study {cite:p}`kuczmarski` trained a network of this shape on one speaker's read Polish and
# ranked groups of features by their absolute relevance over its test utterances. It published these
# rankings for three levels of abstraction, and the first five groups of a fourth. Its target was
# that of our `log_f0`; `semitones` is our own.

# %%
corpus = open_corpus(run.corpus)
tests = corpus.ids("test")
voice = Path(source).name or "sentences read by a speech synthesiser"
say(f"""Our corpus is another one: {voice}, {len(tests)} test utterances against the study's
{study.TEST_UTTERANCES}. Agreement would therefore say something about Polish or about the method;
disagreement may have many causes, some of which can be measured below.""")

# %% [markdown]
# ## Rankings side by side
#
# A group's value is the mean, over its features, of absolute relevance summed over frames and
# utterances. Absolute heights depend on the corpus' size and on the target's unit, so each ranking
# is drawn relative to its own average; rows keep the study's order. VUV, voicing as an input, is no
# linguistic group and is looked at further down.

# %%
tables = study.all_beside_study(run, targets)


def beside(level):
    """The rankings of a level side by side, as a picture."""
    figure = plots.compared_groups(tables[level], find_level(level).title)
    see = """Each ranking relative to its own average, the line; where marks of a row lie together,
    the rankings agree about it."""
    return plots.show(figure, results.figure(level), " ".join(see.split()))


# %% tags=["answer"]
beside("general")

# %%
for level in tables:
    if level != "general":
        display(choice(find_level(level).title))
        display(beside(level))

# %% tags=["hide-input"]
published = pd.Series(study.PUBLISHED["general"], dtype=float)
general = study.read_ranking(run.results("log_f0"), "general")
left_out = map(in_words, published.index.difference(general.index))
added = map(in_words, general.index.difference(published.index))
say(f"""{len(tables["general"])} of the study's {len(published) - 1} general categories are compared
(not asked about here: {", ".join(left_out) or "none"}; asked about here only:
{", ".join(added) or "none"}).""")

# %% [markdown]
# ## Do the orders agree?
#
# Spearman's and Kendall's rank correlations {cite:p}`kendall1938` are 1 for the same order and −1
# for the reverse. *p* is the share of all orders of the groups that would agree, or disagree, as
# much: with five groups all orders are tried, with more random ones for Spearman
# (`study_permutations`). By hand, for the general categories and `log_f0`:

# %%
compared = tables["general"]
ranks = compared.rename(index=in_words).rank(ascending=False).astype(int)
ranks.rename_axis("rank of").sort_values("study").style

# %%
spearman, kendall = (
    compared["study"].corr(compared["ln F0"], method=method)
    for method in ("spearman", "kendall")
)
say(f"Spearman's rho: {spearman:.2f}; Kendall's tau: {kendall:.2f}.")

# %% [markdown]
# All levels and both targets, with *p*:

# %%
by_level = {
    level: study.agreements(table, permutations=study_permutations)
    for level, table in tables.items()
}
agreements = pd.concat(by_level, names=["level", "target"]).reset_index()
write_csv(results / "agreement.csv", agreements)
titles = agreements["level"].map(lambda level: find_level(level).title)
words = {"spearman": "Spearman's rho", "spearman_p": "its p"}
words |= {"kendall": "Kendall's tau", "kendall_p": "p of tau"}
shown = headed(agreements.assign(level=titles), words)
shown.style.hide().format(precision=2, na_rep="–")

# %% [markdown]
# How strong must a correlation be before a test at the usual 5 % calls it telling? That depends on
# the number of groups:

# %%
counts = sorted(set(agreements["groups"]))
telling = [
    study.smallest_telling(count, permutations=study_permutations)
    for count in counts
]
needed = pd.DataFrame({"groups": counts, "smallest telling": telling})
needed.style.hide().format(precision=2, na_rep="none is")

# %%
telling = agreements[agreements["spearman_p"] <= 0.05]
say(f"""{len(telling) or "None"} of the {len(agreements)} correlations with the study
{"is" if len(telling) < 2 else "are"} that strong; no allowance is made for their number. The level of crossed levels and relations compares only the
study's own first five, which narrows its range further.""")

# %% [markdown]
# ## Errors
#
# The study's errors mix pitch with voicing, because silence counted as 0 on the logarithmic scale.
# `log_f0` has both: over all frames, as in the study, and over voiced frames only. Dots are means;
# that of the study's NRMSE is not known.

# %%
panels = study.all_errors_beside_study(run)
title = "Errors of test utterances, lowest to highest"
figure = plots.error_ranges(list(panels.items()), title)
see = "A bar goes from the best to the worst utterance, a dot is the mean; left is better."
plots.show(figure, results.figure("errors"), see)

# %% tags=["hide-input"]
hz = panels["RMSE (Hz)"]["mean"]
ours, theirs = hz["ln F0, all frames"], hz["study"]
synthetic = """A synthetic voice follows rules, and its F0 is easier to predict than a person's; the
difference is no merit of the network."""
spoken = (
    "Voices and sentences differ, so this compares corpora as much as networks."
)
say(f"""Like for like, RMSE is {ours:.1f} Hz here and around {theirs:.0f} Hz in the study,
{theirs / ours:.1f} times ours. {spoken if source or ours > theirs else synthetic}""")

# %% [markdown]
# ## What may stand behind a difference
#
# **Doubled sums.** In the study every feature entered its group twice. That doubles every group's
# sum alike, and leaves means, and so the rankings above, untouched. Here each counts once.
#
# **Voicing as an input.** With zeros in the target for unvoiced frames, `vuv` decides most of the
# output.

# %%
theirs, ours = study.lead_of_vuv(published), study.lead_of_vuv(general)
say(f"""VUV exceeds the next group {theirs:.0f} times in the study and {ours:.0f} times in our
`log_f0`. `semitones` is asked about voiced frames only and has no such input.""")

# %% [markdown]
# **What the biases absorb.** A ranking is of what reaches the inputs. The study did not report the
# rest; here it is, as a share of what was handed down, sizes added over utterances.

# %%
shares = {
    target: study.bias_share(pd.read_csv(run.results(target).conservation))
    for target in targets.values()
}
parts = [f"{100 * share:.0f} % with `{name}`" for name, share in shares.items()]
say(f"""Biases absorbed {" and ".join(parts)}. Where that share is high, a ranking is one of
corrections to a constant.""")

# %% [markdown]
# ## A fault in a library
#
# The study used a library of the iNNvestigate family {cite:p}`alber2019`; which version is not known
# to us. Batch norm {cite:p}`ioffe2015` in a trained network is $y = s x + t$ with
# $s = \gamma / \sqrt{v + \epsilon}$ and $t = \beta - s \mu$. The Z rule gives its input
# $R_x = s x R_y / y$. In version 2.1.2 the library computes instead
#
# $$R_x = \frac{s' x}{s' x + t'} R_y, \quad s' = \frac{\gamma}{\sqrt{v^2 + \epsilon}}, \quad t' = \beta - \frac{\mu}{\sqrt{v^2 + \epsilon}}$$
#
# The variance $v$ is squared under the root, $\gamma$ is missing before the mean $\mu$, and the
# denominator is not what the layer put out: where the two differ much in size, relevance explodes.
# Sources of version 1 had another form, exact but for 10⁻⁷ added to a denominator. Both are
# re-enacted here in float64 on our own networks: only the step through batch norm is replaced, and
# our network's own $\epsilon$ is used. All other steps are exact, so the library's remaining
# roundings are left out. The first channels of our `log_f0` network's first batch norm, with $s$
# and the $s'$ of version 2.1.2:

# %%
model = load_model(run.model("log_f0"))
norm = model.blocks[0].norm1
variance, eps = norm.running_var, norm.eps
exact = (norm.weight / (variance + eps).sqrt()).detach()
faulty = (norm.weight / (variance**2 + eps).sqrt()).detach()
scales = {"variance": variance, "s": exact, "s'": faulty}
first = {name: values[:8].tolist() for name, values in scales.items()}
first = pd.DataFrame(first, index=range(1, 1 + len(first["s"])))
first.rename_axis("channel").style.format(precision=2)

# %%
frames = corpus.table.set_index("id").loc[tests, "frames"]
shortest = frames.nsmallest(study_utterances).index
some = [corpus[i] for i in shortest]
compared = {
    name: norm_fault.compare_forms(load_model(run.model(target)), some)
    for name, target in targets.items()
}
faults = pd.concat({name: both.errors for name, both in compared.items()})
faults = faults.rename_axis(["target", "row"]).reset_index("target")
write_csv(results / "norm_fault.csv", faults)

# %% [markdown]
# Relative error of relevance, $|R - R_{exact}| / |R_{exact}|$ over all frames and inputs of an
# utterance, for the shortest test utterances:

# %%
spread = faults.groupby(["target", "form"], sort=False)["relative_error"]
columns = ["min", "median", "max"]
table = spread.agg(columns).reset_index()
named = headed(table, {"min": "lowest", "max": "highest"})
named.style.hide().format("{:.2g}", subset=["lowest", "median", "highest"])

# %% [markdown]
# And what it does to the ranking of general categories, of the same utterances:

# %%
forms = {}
for name, target in targets.items():
    groups = input_groups(corpus.questions, "general", vuv=target == "log_f0")
    ranked = compared[name].rankings(groups)
    forms[name] = study.beside_study("general", ranked)

# %%
for name, table in forms.items():
    shown = table.drop(columns=["study", "version 1"])
    title = f"The exact rule and version 2.1.2 ({name})"
    figure = plots.compared_groups(shown, title)
    path = results.figure(f"norm_fault_{targets[name]}")
    see = "Where the marks of a row part, the fault of the library changes the ranking."
    display(plots.show(figure, path, see))

# %%
rows = {}
for name, table in forms.items():
    theirs, exact, faulty = (
        table[form] for form in ("study", "exact", "version 2.1.2")
    )
    rows[name] = {
        "size, times the exact": compared[name].inflation("version 2.1.2"),
        "correlation with the exact rule": rank_correlation(exact, faulty),
        "exact with the study": rank_correlation(theirs, exact),
        "2.1.2 with the study": rank_correlation(theirs, faulty),
    }
table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("target")
table.reset_index().style.hide().format(precision=2, na_rep="–")

# %% tags=["hide-input"]
height = forms["ln F0"].median() / len(shortest)
height["study"] = published.drop("VUV").median() / study.TEST_UTTERANCES
say(f"""The heights tell something too. The median category has, per feature and utterance, an
absolute relevance of {height["study"]:.3g} in the study; in our `log_f0` it is {height["exact"]:.2g}
with the exact rule and {height["version 2.1.2"]:.2g} with that of version 2.1.2. Utterances, frames and
networks differ, so this suggests a question and proves nothing about which version the study used.""")

# %% [markdown]
# ## What was seen

# %% tags=["answer"]
rho, medians = agreements["spearman"].dropna(), spread.median()
ends = plots.number(rho.min(), ".2f"), plots.number(rho.max(), ".2f")
seen = "run from {} to {}".format(*ends) if len(rho) else "cannot be computed"
first, second = (
    [medians[name, form] for name in targets]
    for form in ("version 1", "version 2.1.2")
)
say(f"""Rank correlations (Spearman) with the study {seen}; {len(telling) or "none"} of the {len(agreements)}
{"differs" if len(telling) < 2 else "differ"} from chance at 5 %. The median relative error of the step through batch norm in version 2.1.2 is
{second[0]:.3g} with `log_f0` and {second[1]:.3g} with `semitones`; in version 1 it was {first[0]:.2g}
and {first[1]:.2g}.""")

# %% [markdown]
# ## What this does not show
#
# Which ranking is right: that needs a law of F0 that is known, as in the chapter before. Nor what the study
# would have found with exact relevance: its corpus, network and library version are not at hand. Groups of
# a published ranking have no intervals, so the correlations treat its order as certain, although neighbours
# in it differ by a few per cent.
#
# ## Exercises
# 1. Rank by the sum over a group's features instead of their mean, by `study.all_beside_study(…,
#    by="sum")`: at which level does agreement change most, and why?

# %% tags=["solution"]
rows = {}
for by in ("mean", "sum"):
    for level, table in study.all_beside_study(run, targets, by=by).items():
        found = study.agreements(table, permutations=99)["spearman"]
        rows[by, find_level(level).title] = found
changes = pd.DataFrame(rows).T.unstack(level=0)
# most where groups differ most in size: a sum favours those with many questions
changes.style.format(precision=2, na_rep="–")

# %% [markdown]
# 2. Load a network, set the means and variances of its batch norms to 0 and 1 and their gammas to 1
#    (`norm.running_mean.zero_()`, …), and call `norm_fault.compare_forms`: what becomes of the fault,
#    and why?

# %% tags=["solution"]
plain, one = load_model(run.model("semitones")), some[:1]
errors = [norm_fault.compare_forms(plain, one).errors]
for block in plain.blocks:
    for norm in (block.norm1, block.norm2):
        norm.running_mean.zero_()
        norm.running_var.fill_(1)
        norm.weight.data.fill_(1)
errors.append(norm_fault.compare_forms(plain, one).errors)
# with variance 1 its square is 1 too, and nothing is left to get wrong
for when, found in zip(("before", "after"), errors, strict=True):
    error = found.set_index("form")["relative_error"]["version 2.1.2"]
    print(f"{when}: relative error {error:.1e}")
