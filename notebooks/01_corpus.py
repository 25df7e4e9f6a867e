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
# # 1 · The corpus
#
# **What speech is it, and how does its F0 move?**
#
# Reads: a folder of recordings (or an HTS-demo tree), or nothing but the embedded sentences.
# Writes: `corpus/` in the HTS-demo layout. Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"
source = ""
dataset_size_limit = 0
split = "sentence"
leave_out = ""
split_seed = 0
creak = "keep"
smooth_ms = 0.0
bridge_ms = 0.0
lf0_column = 150
realign = "auto"
columns = ""
speaker_pattern = ""
keep = ""
strict = False
cpu_count = 1

# %% tags=["hide-input"]
import numpy as np
from intonation import plots
from intonation.book.prose import headed, say
from intonation.book.run_folder import RunFolder
from intonation.corpus.pitch.speakers import speaker_table
from intonation.corpus.preparation import Asked, prepare_corpus
from intonation.parameters import from_notebook
from IPython.display import Audio

chosen = from_notebook(globals())
run = RunFolder(run_folder)

# %% [markdown]
# ## From recordings to labels and F0
#
# Each recording is aligned with its text (or, for the synthetic voice, rendered with exact times),
# transcribed into full-context labels by the Polish front-end, and tracked twice: once in a wide
# range to learn where the speaker's F0 lies, and once in the speaker's own range, from 0.75 times
# the first to 1.5 times the third quartile, which keeps octave errors out.

# %% tags=["remove-output"]
asked = Asked.of(vars(chosen))
corpus = prepare_corpus(source, run.corpus, asked, jobs=cpu_count)

# %% tags=["hide-input", "answer"]
table = corpus.table
voice = "sentences, read by a **synthetic voice** (eSpeak NG in Praat)"
say(f"""The corpus of this run: **{len(corpus)}** {"recordings" if source else voice};
{table["seconds"].sum() / 60:.1f} minutes, {plots.counted(table["speaker"].nunique(), "speaker")},
{plots.counted(table["text"].nunique(), "different sentence")}, {table["phones"].sum():,} phones.""")

# %% [markdown]
# Sentences, not recordings, are split into training, validation and test: a sentence of the test
# set is heard from nobody in training. Whole speakers can be kept apart, too (`split`, `leave_out`);
# readings that would bring a sentence into two splits are then `unused`.

# %%
splits = corpus.table.groupby("split", sort=False).agg(
    utterances=("id", "size"),
    sentences=("text", "nunique"),
    minutes=("seconds", lambda seconds: seconds.sum() / 60),
    voiced_share=("voiced_share", "mean"),
)
headed(splits, {"voiced_share": "share of voiced frames"}).style.format(
    precision=1, subset=["minutes"]
).format(precision=2, subset=["share of voiced frames"])

# %% [markdown]
# ## What could not be used
#
# Nothing is dropped in silence: every recording that could not be aligned, has no text or no
# voice is listed with its reason, here and in `corpus/excluded.csv`.

# %%
lost = corpus.excluded
lost.head(20).style.hide().format(escape="html") if len(lost) else None

# %% tags=["hide-input"]
trimmed = table["trimmed_frames"]
number = (trimmed > 0).sum()
could = f"{plots.counted(len(lost), 'recording')} could not be used."
say(f"""{could if len(lost) else "Every recording could be used."} Where labels and F0 differ by one or
two frames, the longer is trimmed: {f"{trimmed.sum()} frames of {number} utterances" if number else "none here"}.
A larger difference excludes.""")

# %% [markdown]
# ## How long, how high
#
# Most utterances are of a few seconds. The height of F0 is one hill for each speaker, with a longer
# tail above than below where accents reach far up and the end of a statement only so far down.

# %%
plots.duration_histogram(corpus.table["seconds"].to_numpy())

# %%
tracks = {}
for utterance in corpus:
    tracks.setdefault(utterance.speaker, []).append(utterance.f0_hz)
plots.f0_histogram(tracks)

# %% [markdown]
# Speakers differ in height and in range. The target `semitones` takes the height away: it is the
# deviation from the speaker's median, 12 log₂(F0 / median).

# %%
plots.speaker_ranges(tracks)

# %% [markdown]
# The range goes from the 5th to the 95th percentile of voiced frames. Measuring F0 means searching:
# between which two heights, how many frames were an octave too low at first, how many are creaky,
# and in how many a second tracker, SwiftF0, is more than 20 % away; see [](/book/prepared.md).

# %%
speaker_table(corpus).style.format(precision=1, na_rep="–").format_index(
    escape="html"
)

# %% [markdown]
# ## One utterance
#
# All that is known of an utterance comes by its id: the text, one label for each phone, and F0 in
# frames of 5 ms, 0 where there is no voice.

# %%
example = corpus[corpus.ids("test")[0]]
print(example.text)
print(*(phone.text for phone in example.phones))
print(len(example.labels), "labels,", len(example.f0_hz), "frames of 5 ms")

# %% [markdown]
# Words above, phones below. F0 rises and falls within words and sinks towards the end of the
# sentence; it has gaps where a sound is voiceless.

# %% tags=["answer"]
plots.natural_f0_figure(plots.utterance_view(example))

# %%
Audio(filename=str(example.wav_path)) if example.wav_path else None

# %% [markdown]
# Its semitones by hand, and whether the corpus has the same:

# %%
f0_hz = example.f0_hz[example.voiced].astype(float)
by_hand = 12 * np.log2(f0_hz / example.speaker_median_hz)
np.allclose(by_hand, example.f0_semitones[example.voiced])

# %% [markdown]
# ## What was seen

# %% tags=["hide-input"]
voiced = (table["voiced_share"] * table["frames"]).sum() / table["frames"].sum()
medians = table.groupby("speaker")["speaker_median_hz"].first()
lowest, highest = medians.min(), medians.max()
where = f"The speaker's median is {lowest:.0f} Hz."
if len(medians) > 1:
    where = f"Speakers' medians lie between {lowest:.0f} and {highest:.0f} Hz."
say(f"Voiced frames make up {100 * voiced:.0f} % of the corpus. {where}")

# %% [markdown]
# ## What this does not show
#
# A forced alignment is a guess: a boundary may sit tens of milliseconds off, and nothing here measures by
# how much; for voices whose times are known, the page on speed does. The front-end's accents are rules applied to text, not what a listener heard.
#
# ## Exercises
# 1. Run the chapter on your own recordings, a folder of sound files each with its text beside it
#    (`make book CORPUS=dir OUT=build/mine`; in Python `prepare_corpus(dir, …)`). What becomes of a
#    recording without a text?

# %% tags=["solution"]
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

with TemporaryDirectory() as folder:  # four sentences, one loses its text
    made = prepare_corpus(
        "", Path(folder, "spoken"), Asked(dataset_size_limit=4)
    )
    own = Path(folder, "own")
    own.mkdir()
    for spoken in made:
        shutil.copy(spoken.wav_path, own / f"{spoken.id}.wav")
        (own / f"{spoken.id}.txt").write_text(spoken.text, "utf-8")
    (own / f"{spoken.id}.txt").unlink()
    read = prepare_corpus(str(own), Path(folder, "corpus"))
    lost = read.excluded
print(len(read), "utterances can be used; the other one is listed:")
lost.style.hide().format(escape="html")

# %% [markdown]
# 2. From `f0_hz` and `f0_semitones` of all utterances: which speaker has the widest range in
#    semitones (say, between the 5th and the 95th percentile), and is it also the widest in Hz?
#    What do you get in semitones from the two ends in Hz alone?

# %% tags=["solution"]
import pandas as pd

ranges = {}
for speaker, f0_hz in tracks.items():
    hz = np.concatenate(f0_hz)
    low, high = np.percentile(hz[hz > 0], (5, 95))
    ratio = 12 * np.log2(high / low)
    ranges[speaker] = {"Hz": high - low, "semitones from the ends": ratio}
for speaker, rows in table.groupby("speaker"):
    moves = np.concatenate([corpus[i].f0_semitones for i in rows["id"]])
    ends = np.nanpercentile(moves, (5, 95))
    ranges[speaker]["semitones"] = ends[1] - ends[0]
# a ratio of Hz is a difference of semitones: the ends tell the range
pd.DataFrame(ranges).T.rename_axis("speaker").style.format(
    precision=2
).format_index(escape="html")

# %% [markdown]
# 3. Move one boundary of an utterance by 20 ms: `dataclasses.replace` its labels by some with other
#    `starts` and `ends` (in 100 ns). How many frames change their phone in `frame_to_phone`?

# %% tags=["solution"]
from dataclasses import replace

starts, ends = example.labels.starts.copy(), example.labels.ends.copy()
longest = int((ends - starts)[1:].argmax()) + 1
starts[longest] += 200_000  # 20 ms
ends[longest - 1] += 200_000
labels = replace(example.labels, starts=starts, ends=ends)
moved = replace(example, labels=labels).frame_to_phone
changed = moved != example.frame_to_phone
print(changed.sum(), "frames of 5 ms changed their phone")

# %% [markdown]
# 4. Split the sentences with another seed (`SET="split_seed=1"`, or `split_sentences` from
#    `intonation.corpus.splits`). How many test sentences are still test sentences, and does a
#    sentence ever stand in two splits?

# %% tags=["solution"]
from intonation.corpus.splits import sentence_keys, split_sentences

keys = sentence_keys(table["text"])
one, other = (
    split_sentences(table["text"], number)
    for number in (split_seed, split_seed + 1)
)
tested, still = keys[one == "test"], keys[(one == "test") & (other == "test")]
print(still.nunique(), "of", tested.nunique(), "are still test sentences")
print("most splits of a sentence:", other.groupby(keys).nunique().max())
