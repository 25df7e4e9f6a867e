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
split_seed = 0
lf0_column = 150
cpu_count = 1

# %% tags=["hide-input"]
from pathlib import Path

from intonation import plots
from intonation.corpus.preparation import prepare_corpus
from intonation.parameters import from_notebook
from IPython.display import Audio, Markdown, display

chosen = from_notebook(globals())
run = Path(run_folder)

# %% [markdown]
# ## From recordings to labels and F0
#
# Each recording is aligned with its text (or, for the synthetic voice, rendered with exact times),
# transcribed into full-context labels by the Polish front-end, and tracked twice: once in a wide
# range to learn where the speaker's F0 lies, and once in the speaker's own range, from 0.75 times
# the first to 1.5 times the third quartile, which keeps octave errors out.

# %% tags=["remove-output"]
corpus = prepare_corpus(
    source,
    run / "corpus",
    limit=dataset_size_limit,
    split_seed=split_seed,
    jobs=cpu_count,
    lf0_column=lf0_column,
)

# %% tags=["hide-input"]
kind = (
    "recordings"
    if source
    else "sentences, read by a **synthetic voice** (eSpeak NG in Praat)"
)
minutes = corpus.table["seconds"].sum() / 60
display(
    Markdown(
        f"The corpus of this run: **{len(corpus)}** {kind}; {minutes:.1f} minutes, "
        f"{corpus.table['speaker'].nunique()} speaker(s), {corpus.table['text'].nunique()} different "
        f"sentences, {corpus.table['phones'].sum()} phones."
    )
)

# %% [markdown]
# Sentences, not recordings, are split into training, validation and test: a sentence of the test
# set is heard from nobody in training.

# %%
corpus.table.groupby("split", sort=False).agg(
    utterances=("id", "size"),
    sentences=("text", "nunique"),
    minutes=("seconds", lambda seconds: round(seconds.sum() / 60, 1)),
    voiced_share=("voiced_share", "mean"),
).round(2)

# %% [markdown]
# ## What could not be used
#
# Nothing is dropped in silence: every recording that could not be aligned, has no text or no
# voice is listed with its reason, here and in `corpus/excluded.csv`.

# %%
display(Markdown(f"{len(corpus.excluded)} excluded."))
if len(corpus.excluded):
    display(corpus.excluded.head(20).style.hide())

# %% tags=["hide-input"]
trimmed = corpus.table["trimmed_frames"]
display(
    Markdown(
        f"Labels and F0 of {(trimmed > 0).sum()} utterances differed by one or two "
        f"frames; {trimmed.sum()} frames were trimmed. A larger difference excludes."
    )
)

# %% [markdown]
# ## How long, how high

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
# ## One utterance
#
# Words above, phones below; gaps in the contour are voiceless.

# %%
example = corpus[corpus.ids("test")[0]]
plots.natural_f0_figure(plots.utterance_view(example))

# %% tags=["hide-input"]
if example.wav_path:
    display(Audio(filename=str(example.wav_path), embed=True))

# %% [markdown]
# ## What was seen

# %% tags=["hide-input"]
table = corpus.table
display(
    Markdown(
        f"Voiced frames make up {100 * (table['voiced_share'] * table['frames']).sum() / table['frames'].sum():.0f} % "
        f"of the corpus. Speakers' medians lie between {table['speaker_median_hz'].min():.0f} and "
        f"{table['speaker_median_hz'].max():.0f} Hz."
    )
)

# %% [markdown]
# **What this does not show.** A forced alignment is a guess: a boundary may sit tens of milliseconds
# off, and nothing here measures by how much. The front-end's accents are rules applied to
# text, not what a listener heard.
#
# **Exercises.** Run the chapter on your own recordings (`make book CORPUS=dir OUT=build/mine`). Which
# speaker has the widest range in semitones, and is it also the widest in Hz? Open an utterance's
# TextGrid in Praat and correct a boundary: how much do the labels change?
