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
# # 2 · Labels, questions, features
#
# **What is the network told about a sentence?**
#
# Reads: `corpus/`. Writes: `features/features.npz`, `features/questions.csv`. Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"

# %% tags=["hide-input"]
from pathlib import Path

import pandas as pd
from intonation import plots
from intonation.corpus.corpus import open_corpus
from intonation.corpus.features import (
    build_features,
    column_statistics,
    correlations,
    group_correlations,
    save_features,
)
from intonation.files import write_csv
from intonation.labels.taxonomy import FIELDS, LEVELS, branches
from IPython.display import Markdown, display

run = Path(run_folder)
corpus = open_corpus(run / "corpus")

# %% [markdown]
# ## A full-context label
#
# One line per phone: the phone with two neighbours on each side, then what is known of its syllable,
# word, phrase and utterance [the HTS label format, {cite:p}`zen2007`].

# %%
example = corpus[corpus.ids("test")[0]]
middle = len(example.labels.texts) // 2
print(example.text)
print(example.labels.texts[middle])

# %% [markdown]
# Its fields, named as in the label format:

# %% tags=["hide-input"]
pd.DataFrame(
    [
        {
            "field": f.name,
            "meaning": f"{f.meaning} {f.context}".strip(),
            "level": f.level,
            "relation": f.relation,
            "value": example.labels.fields(f.name)[middle],
        }
        for f in FIELDS.values()
    ]
).style.hide().set_table_attributes('class="table scroll-table"')

# %% [markdown]
# ## Questions
#
# A question is a set of patterns over the label; each question gives one binary feature.

# %% tags=["remove-output"]
questions = corpus.questions
features = build_features(corpus)
save_features(run / "features" / "features.npz", features)

# %% [markdown]
# Three of them, with what they read and the share of phones that answer yes:

# %% tags=["hide-input"]
share = features.share_true()
picked = [0, len(share) // 2, len(share) - 1]
pd.DataFrame(
    [
        {
            "question": questions.names[i],
            "patterns": " ".join(questions.questions[i].patterns)[:60],
            "reads field": getattr(questions.readings[i].field, "name", "–"),
            "share of phones": share[i],
        }
        for i in picked
    ]
).style.hide().format(precision=3)

# %% [markdown]
# The answers of one utterance, banded by what the questions ask about:

# %%
symbols = [phone.text for phone in example.phones]
plots.label_figure(
    example.answers,
    questions.groups("general"),
    symbols,
    title=f"Answers for: {example.text}",
)

# %% [markdown]
# ## The taxonomy
#
# Relevance of single questions is too fine to read, so questions are grouped. The group of a question
# follows from the label field that its patterns read, never from its name; so any question set is
# grouped the day it is loaded.

# %%
plots.taxonomy_figure(
    branches(questions.readings), title="What the questions ask about"
)

# %% tags=["hide-input"]
unknown = questions.unknown
display(
    Markdown(
        f"{len(unknown)} questions read no known field, or several, and form a group of their own"
        + (f": {', '.join(unknown[:10])}." if unknown else ".")
    )
)

# %% [markdown]
# The study's fifteen levels of abstraction cut this tree in different ways:

# %% tags=["hide-input"]
pd.DataFrame(
    [
        {
            "level": level.number,
            "name": level.title,
            "groups": len(questions.groups(level.slug)),
            "questions": sum(
                len(group) for group in questions.groups(level.slug).values()
            ),
        }
        for level in LEVELS
    ]
).style.hide()

# %% [markdown]
# ## Constant, duplicate, correlated
#
# A question that every phone answers alike can tell the network nothing; two questions with the same
# answers everywhere share one effect between them, in any proportion.

# %%
statistics = column_statistics(features)
write_csv(run / "features" / "questions.csv", statistics)

# %% tags=["hide-input"]
constant, twins = (
    statistics["constant"].sum(),
    (statistics["same_as"] != "").sum(),
)
display(
    Markdown(
        f"Of **{len(statistics)}** questions, **{constant}** are constant in this corpus and **{twins}** "
        f"repeat another one. A phone answers yes to {statistics['share_of_phones'].sum():.0f} on average."
    )
)
statistics[statistics["same_as"] != ""].head(8).style.hide().format(precision=3)

# %% [markdown]
# Whole groups mirror each other, too. For each pair of categories: how well, on average, the best
# partner in the other group repeats a feature (absolute correlation; 1 is a copy). Where a cell is
# dark, a model may use either group for the same purpose, and relevance cannot tell which one mattered.

# %%
plots.matrix_figure(
    group_correlations(correlations(features), questions.groups("general")),
    "How well one category mirrors another",
    label="mean absolute correlation with the best partner",
    limits=(0, 1),
    cell_in=(0.2, 0.2),
)

# %% [markdown]
# ## What was seen

# %% tags=["hide-input"]
phones = len(features.packed)
dense = corpus.table["frames"].sum() * len(features.questions) * 4
display(
    Markdown(
        f"Features only change at phone boundaries, so {phones} rows are stored instead of "
        f"{corpus.table['frames'].sum()} frames: {features.packed.nbytes / 1e6:.1f} MB of bits, where a dense "
        f"matrix of frames in 32-bit floats would take {dense / 1e9:.1f} GB."
    )
)

# %% [markdown]
# **What this does not show.** Many questions are nested (*at most 3* follows from *at most 2*) and
# many groups move together; a network may share relevance among them in any way that fits.
#
# **Exercises.** Which field has the most questions, and should a ranking by group sum or by group
# mean be believed for it? Write a question of your own into the corpus' `.hed` file, run this
# chapter again and find its column.
