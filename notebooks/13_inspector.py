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
# # 13 · Inspector
#
# **Why is F0 high here?**
#
# Reads: `corpus/`, `model/`, `results/`. Writes: `static/inspector/`. Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"
sounds = True
cpu_count = 1

# %% tags=["hide-input"]
import numpy as np
import pandas as pd
from intonation.book.inspector.from_run import publish
from intonation.book.inspector.widget import Inspector
from intonation.book.prose import say
from intonation.book.run_folder import RunFolder
from intonation.labels.taxonomy import find_level
from intonation.parameters import TARGETS, from_notebook

chosen = from_notebook(globals())
run = RunFolder(run_folder)

# %% tags=["remove-output"]
pages = {
    target: publish(run_folder, target, sounds=sounds, jobs=cpu_count)
    for target in TARGETS
}

# %% [markdown]
# ## The answer in one picture
#
# One utterance as a score. From the top: the recording, its spectrogram, F0 as measured and as
# predicted, phrases, words, syllables and phones, and what each group of features contributes. Drag
# over a stretch, or choose a word: the list below adds up to the predicted F0 there, with what the
# biases hold.
#
# Every sound is made of the recording by Praat's overlap-add, equally loud: with the predicted
# contour, flat at the speaker's median, and with what one group of features contributes to each
# frame, moved from the median. The gallery has every test utterance.

# %%
semitones = Inspector.from_run(run_folder, "semitones", page=pages["semitones"])
semitones

# %% [markdown]
# ## How
#
# Every phone's own prediction is explained, so that a stretch is the sum of its phones. A sung group is
# explained for every single frame. What the biases hold belongs to no group and is left out of what
# groups sing: a group without relevance sings the flat contour.
#
# In Jupyter the widget tells what you have chosen, and does what it is told; on a page, where no
# Python runs, the reader alone chooses. `Inspector.say("Czy to prawda?")` lets the synthetic voice read
# any Polish sentence, predicts its contour and explains it.

# %%
words = [word for word in semitones.utterance["words"]]
start, end, word = (words or semitones.utterance["phones"])[-1]
semitones.level, semitones.selection = "linguistic_levels", [start, end]
say(f"""Selected is the last word of `{semitones.selected}`, *{word}*, from
{semitones.selection[0]:.2f} to {semitones.selection[1]:.2f} s, at the level
*{find_level(semitones.level).title}*.""")

# %% [markdown]
# ## Log F0
#
# The published study's target, in ln Hz: voicing is an input, and takes most of the relevance. No group
# sings here: what the network says of a frame is also whether there is any F0, which is no melody.

# %%
Inspector.from_run(run_folder, "log_f0", page=pages["log_f0"])

# %% [markdown]
# ## What was seen

# %% tags=["hide-input"]
shown = pd.DataFrame(semitones.index).set_index("id")
best, worst = shown["rmse"].idxmin(), shown["rmse"].idxmax()
counts = shown["type"].value_counts()
say(f"""All {len(shown)} test utterances are here:
{", ".join(f"{count} {kind}s" for kind, count in counts.items())}. Best predicted is `{best}`
({shown.at[best, "rmse"]:.2f} semitones), worst `{worst}` ({shown.at[worst, "rmse"]:.2f}).""")

# %% [markdown]
# ## What this does not show
#
# Relevance of a stretch says what the model used for it, not what speakers do. A voice with another
# contour is still the old voice: its timing and vowels know what was said.
#
# ## Exercises
# 1. Select the last word of a question, or set `selected` and `selection` of the widget from Python:
#    which group of the level `general` has the longest bar? Does `explain(model, utterance, frames=…)`
#    of the same frames, grouped by `group_matrix`, name the same one?

# %% tags=["solution"]
from intonation import explain, load_model, open_corpus
from intonation.labels.words import in_words
from intonation.lrp.ranking import group_matrix, input_groups

corpus, model = open_corpus(run.corpus), load_model(run.model("semitones"))
asks = shown.index[shown["type"] == "question"]
asked = corpus[asks[0] if len(asks) else shown.index[0]]
last = [one for one in asked.words or asked.phones if one.text][-1]
inside = (asked.times_s >= last.start_s) & (asked.times_s < last.end_s)
groups = input_groups(corpus.questions, "general", vuv=False)
if (inside & asked.voiced).any():
    found = explain(model, asked, frames=inside & asked.voiced)
    sums = group_matrix(found.values, groups, statistic="sum").sum(axis=0)
    most = list(groups)[abs(sums).argmax()]
    print(
        f"{asked.id}, *{last.text}*: {in_words(most)}, {sums[abs(sums).argmax()]:+.2f}"
    )

# %% [markdown]
# 2. Find a rise before a comma: which level of abstraction explains it best? Which levels' bars add up,
#    with what the biases absorbed, to the predicted F0 (`complete` in `levels` of `inspect_utterance`)?

# %% tags=["solution"]
levels = semitones.utterance["levels"]
whole = [level["title"] for level in levels if level["complete"]]
parts = [level["title"] for level in levels if not level["complete"]]
# a level adds up where its groups share out all questions, each once
say(f"Add up: {'; '.join(whole)}. Show a part: {'; '.join(parts)}.")

# %% [markdown]
# 3. Listen to the worst predicted utterance as recorded and with the predicted contour: where do you
#    hear the difference first? Then let single groups sing: which of them alone is nearest to the
#    recording?

# %% tags=["solution"]
from intonation.book.inspector.sounds import contours

poor = corpus[worst]
heard = contours(model, poor)
off = {
    name: np.sqrt(
        np.mean((12 * np.log2(hz[poor.voiced] / poor.f0_hz[poor.voiced])) ** 2)
    )
    for name, hz in heard.items()
}
nearest = sorted(off, key=off.get)[:4]
# a group alone can be no nearer than all of them, unless they err together
for name in nearest:
    print(
        f"{in_words(name.removeprefix('group:'))}: {off[name]:.2f} semitones off"
    )
