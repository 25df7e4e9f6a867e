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
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd
from intonation import open_corpus, plots
from intonation.book.prose import headed, say
from intonation.book.run_folder import RunFolder
from intonation.corpus.features import (
    build_features,
    column_statistics,
    correlations,
    group_correlations,
)
from intonation.files import write_csv
from intonation.labels.question_set import unpack
from intonation.labels.taxonomy import FIELDS, LEVELS, branches

# %%
run = RunFolder(run_folder)
corpus = open_corpus(run.corpus)
questions = corpus.questions
example = corpus[corpus.ids("test")[0]]

# %% [markdown]
# ## A full-context label
#
# One line per phone: the phone with two neighbours on each side, then what is known of its syllable,
# word, phrase and utterance, in the format of HTS {cite:p}`zen2007`.

# %%
middle = len(example.labels) // 2
label = example.labels.texts[middle]
print(example.text)
print(label)

# %% [markdown]
# Its fields, named as in the label format:

# %%
known = ["name", "meaning", "context", "level", "relation"]
fields = pd.DataFrame(FIELDS.values())[known]
fields["value"] = [example.labels.fields(name)[middle] for name in FIELDS]
fields.style.hide().format(escape="html").set_table_attributes(
    'class="table scroll-table"'
)

# %% [markdown]
# ## Questions
#
# A question is a set of patterns over the label; it is answered yes where one of them fits the whole
# label, and gives one binary feature. Here is the first that this phone answers yes:

# %%
answers = questions.answer(example.labels)  # [phones, questions]
told = np.delete(np.arange(len(questions)), questions.numeric)  # yes or no
first_yes = told[answers[middle, told].argmax()]
question = questions.questions[first_yes]
print(question.name, *question.patterns)

# %% [markdown]
# By hand: a pattern's `*` stands for any run of characters, `?` for one, as in names of files.

# %%
fitting = [p for p in question.patterns if fnmatchcase(label, p)]
print("patterns that fit:", fitting)
print("by hand:", int(bool(fitting)), "answered:", answers[middle, first_yes])

# %% [markdown]
# The same question by hand for every phone of the sentence, and whether the answers agree:

# %%
by_hand = [
    any(fnmatchcase(text, p) for p in question.patterns)
    for text in example.labels.texts
]
np.array_equal(by_hand, answers[:, first_yes])

# %% [markdown]
# Answers take one bit each where they are kept:

# %%
packed, numbers = questions.pack(example.labels)
many = "{:,} phones × {:,}".format
print(many(*answers.shape), "answers in", many(*packed.shape), "bytes")
restored = unpack(packed, numbers, questions.numeric, len(questions))
np.array_equal(restored, answers)

# %% [markdown]
# Every phone of the corpus answers every question; the answers go to a file, utterance by utterance, and
# are read from there where they are needed, so that a corpus may be larger than the memory:

# %% tags=["remove-output"]
features = build_features(corpus, run.features)

# %% [markdown]
# Three of the questions, with what they read and the share of phones that answer yes:

# %%
share = features.share_true()
picked = [0, len(share) // 2, len(share) - 1]
readings = [questions.readings[i] for i in picked]
three = pd.DataFrame([questions.questions[i] for i in picked])
three["patterns"] = three["patterns"].map(" ".join).str[:60]
three["reads field"] = [getattr(r.field, "name", "–") for r in readings]
three["share of phones"] = share[picked]
shown = three[["name", "patterns", "reads field", "share of phones"]]
shown.style.hide().format(precision=3, escape="html")

# %% [markdown]
# The answers of one utterance, banded by what the questions ask about: a line for each question, filled
# where a phone answers yes. Segmental questions change with every phone; those about word, phrase and
# utterance stay for as long as their unit lasts.

# %% tags=["answer"]
plots.label_figure(
    answers,
    questions.groups("general"),
    [phone.text for phone in example.phones],
    title=f"Answers for: {example.text}",
)

# %% [markdown]
# ## The taxonomy
#
# Relevance of single questions is too fine to read, so questions are grouped. The group of a question
# follows from the label field that its patterns read, never from its name; so any question set is
# grouped the day it is loaded. Read it from the left: the unit that is asked about, then what is
# asked of it; the numbers count questions.

# %%
title = "What the questions ask about, and how many they are"
plots.taxonomy_figure(branches(questions.readings), title=title)

# %% tags=["hide-input"]
unknown = questions.unknown
say(
    f"""{plots.counted(len(unknown), "question")} read no known field, or several, and form a group
of their own: {", ".join(unknown[:10])}."""
    if unknown
    else "Every question reads one known field."
)

# %% [markdown]
# The study's fifteen levels of abstraction cut this tree in different ways:

# %%
groups = [questions.groups(level.slug) for level in LEVELS]
levels = pd.DataFrame(LEVELS)[["number", "title"]]
levels["groups"] = [len(found) for found in groups]
levels["questions"] = [sum(map(len, found.values())) for found in groups]
levels.style.hide()

# %% [markdown]
# ## Constant, duplicate, correlated
#
# A question that every phone answers alike can tell the network nothing; two questions with the same
# answers everywhere share one effect between them, in any proportion.

# %%
statistics = column_statistics(features)
write_csv(run.questions, statistics)
repeated = statistics[statistics["same_as"] != ""]
shown = headed(repeated.head(8), {"same_as": "same answers as"})
shown.style.hide().format(precision=3, escape="html")

# %% tags=["hide-input", "answer"]
say(f"""Of **{len(statistics):,}** questions, **{statistics["constant"].sum()}** are constant in this
corpus and **{len(repeated)}** repeat another one. A phone answers yes to
{statistics["share_of_phones"].sum():.0f} on average.""")

# %% [markdown]
# Whole groups mirror each other, too. For each pair of categories: how well, on average, the best
# partner in the other group repeats a feature (absolute correlation; 1 is a copy). Where a cell is
# strong in colour, a model may use either group for the same purpose, and relevance cannot tell which one mattered.

# %%
mirrored = group_correlations(
    correlations(features), questions.groups("general")
)
plots.matrix_figure(
    mirrored,
    "How well one category mirrors another",
    label="mean absolute correlation with the best partner",
    limits=(0, 1),
    cell_in=(0.2, 0.2),
)

# %% [markdown]
# ## What was seen

# %% tags=["hide-input"]
frames = corpus.table["frames"].sum()
dense_gb = frames * len(questions) * 4 / 1e9
say(f"""Features only change at phone boundaries, so {len(features.packed):,} rows are stored instead
of {frames:,} frames: {features.packed.nbytes / 1e6:.1f} MB of bits, where a dense matrix of frames in
32-bit floats would take {dense_gb:.1f} GB.""")

# %% [markdown]
# ## What this does not show
#
# Many questions are nested (*at most 3* follows from *at most 2*) and many groups move together; a
# network may share relevance among them in any way that fits.
#
# ## Exercises
# 1. Which field has the most questions (`corpus.questions.readings`), and how much larger does that
#    make its group's sum than its mean, if every question were equally relevant?

# %% tags=["solution"]
named = [getattr(r.field, "name", "") for r in questions.readings]
counts = pd.Series([name for name in named if name]).value_counts()
most, asked = counts.index[0], np.ones(counts.iloc[0])
say(f"""{len(asked)} questions read the field `{most}`, which is about
*{FIELDS[most].meaning}*: its sum is {asked.sum() / asked.mean():.0f} times its mean.""")

# %% [markdown]
# 2. Ask a question of your own: `QuestionSet([Question("is a", ("*-a+*",))])`, with `QuestionSet`
#    from `intonation.labels.question_set` and `Question` from `intonation.labels.question_file`.
#    Answer it for a sentence and compare with the field `p3`. Does the corpus ask it already?

# %% tags=["solution"]
from intonation.labels.question_file import Question
from intonation.labels.question_set import QuestionSet

own = QuestionSet([Question("is a", ("*-a+*",))])
mine = own.answer(example.labels)[:, 0]
is_a = example.labels.fields("p3") == "a"
same = (answers == mine[:, None]).all(axis=0)
alike = [questions.questions[i].name for i in np.flatnonzero(same)]
print(mine.sum(), "phones are an a; as the field says:", (mine == is_a).all())
print("questions with the same answers in this sentence:", alike[:5])

# %% [markdown]
# 3. Take two questions with *at most 2* and *at most 3* about the same number, such as `Seg_Fw<=2`
#    and `Seg_Fw<=3`. Can a phone answer yes to the first and no to the second? How many of the
#    questions of `features/questions.csv` that repeat another one have a partner of this kind?

# %% tags=["solution"]
column = list(features.questions).index
names = set(features.questions)
narrow = [n for n in names if n.endswith("<=2") and n[:-1] + "3" in names]
seen = np.concatenate([features.answers(i) for i in corpus.ids("test")])
broken = [
    (seen[:, column(name)] > seen[:, column(name[:-1] + "3")]).sum()
    for name in narrow
]
nested = repeated["question"].str.contains("<=").sum()
say(f"""In {len(narrow)} such pairs, {sum(broken)} phones of the test sentences
answer yes to the first and no to the second. {nested} of the {len(repeated)}
questions that repeat another one ask for at most a number.""")
