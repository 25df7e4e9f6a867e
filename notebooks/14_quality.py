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
# # 14 · Quality of the recordings
#
# **Can these recordings be trusted?**
#
# Reads: `corpus/`. Writes: `results/quality/recordings.csv`, `results/quality/checks.csv`,
# `results/quality/speakers.csv`, `results/quality/phones.csv`, `results/quality/exclusions.csv`,
# `results/quality/suspects.csv`, `results/quality/figures/`. Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"
source = ""
sounds = True

# %% tags=["hide-input"]
import numpy as np
from intonation import open_corpus, plots
from intonation.book.pages.heard import inspector_link, player
from intonation.book.prose import choice, headed, say
from intonation.book.run_folder import RunFolder
from intonation.corpus.sounds import read_sound
from intonation.evaluation.quality import recordings as quality
from intonation.evaluation.quality.exclusions import exclusions
from intonation.files import write_csv
from IPython.display import display

# %%
run = RunFolder(run_folder)
results, corpus = run.results("quality"), open_corpus(run.corpus)
found = quality.recordings(corpus, spoken=not source)
table = found.table
write_csv(results / "recordings.csv", table)

# %% [markdown]
# ## What is asked of each
#
# A bar for each question that can be asked of a recording without listening to it. What is in doubt
# need not be wrong, only looked at; what is not known was not measured in this run.

# %% tags=["answer"]
checks = quality.checks(table, len(corpus.excluded))
write_csv(results / "checks.csv", checks)
figure = plots.checks_figure(checks, title="Recordings by what is doubted")
see = "The shorter the part in doubt, the better."
plots.show(figure, results.figure("checks"), see)

# %% [markdown]
# ## How
#
# Times are odd where fit, pace or pauses of an alignment are far from the speaker's usual (`oddity` in
# `corpus/utterances.csv`); a pace is unusual where its robust z score among the speaker's recordings
# {cite:p}`iglewicz1993` is beyond 3.5. Two trackers dispute a frame where they differ by
# more than 20 %; a recording is doubted from a tenth of its voiced frames on, and so is one with
# that much creak, or with a twentieth of them mended by an octave. F0 leaps where it moves by more than 6 semitones from one frame to the next. Too loud is
# a recording with more than 1 % of its samples at full scale.
#
# The score by hand, for the speaker with most recordings, and whether the table has the same:

# %%
busiest = table["speaker"].value_counts().index[0]
own = table[table["speaker"] == busiest]
off = own["phones_per_s"] - own["phones_per_s"].median()
by_hand = 0.6745 * off / (off.abs().median() or np.inf)
alike = np.allclose(by_hand, own["rate_z"].fillna(by_hand), atol=0.01)
say(f"""{plots.counted(len(own), "recording")}, {(by_hand.abs() > quality.MOST_Z).sum()} of them with an
unusual pace; by hand and in the table {"the same" if alike else "**not** the same"}.""")

# %% [markdown]
# ## What could not be used
#
# Reasons of one kind are counted together; `…` stands for what differs. The whole list is in
# `corpus/excluded.csv`.

# %%
reasons = exclusions(corpus.excluded)
write_csv(results / "exclusions.csv", reasons)
reasons.head(20).style.hide().format(escape="html") if len(reasons) else None

# %% tags=["hide-input"]
count = len(corpus.excluded)
say(
    f"{count} could not be used, for {plots.counted(len(reasons), 'reason')}."
    if count
    else "None was excluded."
)

# %% [markdown]
# ## How long, how fast
#
# A recording of a length or a pace that no other has often holds another text than its file says, or
# speech that was cut off.

# %%
plots.duration_histogram(table["seconds"].to_numpy())

# %%
plots.rate_figure(table, most_z=quality.MOST_Z)

# %% [markdown]
# Phones by length, with their number. An aligner that is lost leaves phones at the shortest length that
# it knows, so a lower end that is the same for all phones is a warning.

# %%
phones = quality.phone_lengths(found.phones)
write_csv(results / "phones.csv", phones)
plots.phone_lengths_figure(phones)

# %% [markdown]
# ## How high
#
# One hill for each speaker, without a second one an octave off, is what a tracker that made no octave
# errors leaves behind.

# %%
plots.f0_histogram(found.tracks)

# %%
plots.speaker_ranges(found.tracks)

# %% [markdown]
# In numbers, with the range that the tracker searched where it is known: a 5th or 95th percentile
# close to an end of it means that the range cut the voice.

# %%
speakers = quality.speakers(found)
write_csv(results / "speakers.csv", speakers)
words = {"f0_low_hz": "5th percentile (Hz)", "f0_high_hz": "95th (Hz)"}
words |= {"f0_median_hz": "median (Hz)", "phones_per_s": "phones per second"}
words |= {"f0_floor_hz": "searched from (Hz)", "f0_ceiling_hz": "to (Hz)"}
words |= {"mended_frames": "octaves mended (frames)"}
named = headed(speakers, words)
named.style.hide().format(precision=2, na_rep="–", escape="html")

# %% [markdown]
# ## What to look at first
#
# The worst of each kind, worst first. An id that is a link opens in the inspector, which has the
# sentences of the test set; all are shown and heard below.

# %%
suspects = quality.suspects(table)
write_csv(results / "suspects.csv", suspects)
tested = set(corpus.ids("test"))
linked = {"id": lambda name: inspector_link(name) if name in tested else name}
listed = headed(suspects[["kind", "id", "told"]], {"told": "what is odd"})
listed.style.hide().format(linked, escape="html") if len(listed) else None


# %%
def look_at(name, told):
    """Show a recording with its phones and F0, and let it be heard."""
    utterance = corpus[name]
    sound = read_sound(utterance.wav_path) if utterance.wav_path else None
    figure = plots.recording_figure(plots.utterance_view(utterance), sound)
    display(choice(f"{name}: {told}"))
    display(plots.show(figure, results.figure("suspects", name)))
    if sounds and sound is not None:
        display(player(sound, f"Recording {name}"))


# %% [markdown]
# In each picture time runs along words and phones; vertical lines are the boundaries of phones, F0
# lies over the spectrogram. A boundary is right where the grey changes, and F0 where it runs smoothly.

# %%
shown = suspects.groupby("id", sort=False)["told"].agg("; ".join)
for name, told in shown.items():
    look_at(name, told)
if shown.empty:
    display(say("Nothing is suspect, so there is nothing to look at first."))

# %% [markdown]
# ## What was seen

# %% tags=["hide-input", "answer"]
verdicts = quality.verdicts(table)
doubted = int((verdicts == 1).any(axis=1).sum())
unknown = [
    quality.CHECKS[name] for name in verdicts if verdicts[name].isna().all()
]
times = (
    """The voice is synthetic: it told when each phone began and ended, so that **all times are
exact**; only pitch and pace can be in doubt."""
    if found.exact
    else ""
)
say(f"""Of **{len(table)}** recordings that are used, **{doubted}** are doubted by at least one
check; {len(corpus.excluded) or "none"} could not be used. {times} {"Not known here: " if unknown else ""}
{"; ".join(unknown)}{"." if unknown else ""}""")

# %% tags=["hide-input"]
pace, short = table["phones_per_s"], table["shortest_ms"].min()
counts = suspects["kind"].value_counts()
say(f"""{table["seconds"].sum() / 60:.1f} minutes of {plots.counted(len(speakers), "speaker")}, at
{pace.median():.1f} phones per second ({pace.min():.1f} to {pace.max():.1f}); the shortest phone lasts
{short:.0f} ms. F0 leaps {plots.counted(table["leaps"].sum(), "time")} in all. Listed above:
{plots.counted(counts.get("alignment", 0), "recording")} for their times, {counts.get("pitch", 0)} for
their pitch.""")

# %% [markdown]
# ## What this does not show
#
# A check finds what is unlike the rest. A fault that all recordings share (a text read by another
# speaker than the table says, times that are all late by 20 ms, a room that hums) looks usual. Two
# trackers that agree may be wrong together, and a reader who whispers or laughs is doubted for what is
# no fault.
#
# ## Exercises
# 1. Leave out all recordings that any check doubts. By how much does a speaker's median F0 change, and
#    by how much the range between the 5th and the 95th percentile?

# %% tags=["solution"]
kept = table["id"][~(verdicts == 1).any(axis=1)]
for speaker, names in kept.groupby(table["speaker"]):
    voiced = np.concatenate([corpus[name].f0_hz for name in names])
    low, middle, high = np.percentile(voiced[voiced > 0], (5, 50, 95))
    before = speakers.set_index("speaker").loc[speaker]
    wider = 12 * np.log2(high / low) - before["range_semitones"]
    higher = 12 * np.log2(middle / before["f0_median_hz"])
    print(f"{speaker}: median {higher:+.2f}, range {wider:+.2f} semitones")
if kept.empty:
    print("every recording is doubted by some check")

# %% [markdown]
# 2. Raise one voiced frame in the middle of a track by an octave. How many leaps does `leaps` of
#    `intonation.evaluation.quality.recordings` count more? And where the whole second half is raised?

# %% tags=["solution"]
f0_hz = corpus[table["id"][0]].f0_hz.astype(float)
both = (
    np.flatnonzero((f0_hz[1:-1] > 0) & (f0_hz[:-2] > 0) & (f0_hz[2:] > 0)) + 1
)
middle = both[len(both) // 2]
one, half = f0_hz.copy(), f0_hz.copy()
one[middle], half[middle:] = 2 * one[middle], 2 * half[middle:]
before = quality.leaps(f0_hz)
# there and back again; an octave that stays is one leap only
print("one frame:", quality.leaps(one) - before, "more leaps")
print("from there on:", quality.leaps(half) - before, "more leap")

# %% [markdown]
# 3. Which phones are shorter than 30 ms most often? Are the recordings with the shortest phones among
#    the suspects?

# %% tags=["solution"]
brief = found.phones[found.phones["seconds"] < 0.03]["phone"].value_counts()
counted = phones.set_index("phone")["count"]
share = (brief / counted).dropna().sort_values(ascending=False, kind="stable")
for phone in share.index[:3]:
    print(f"{phone}: {brief[phone]} of {counted[phone]} ({share[phone]:.0%})")
least = table.nsmallest(3, "shortest_ms")["id"]
doubted = least[least.isin(suspects["id"])]
print("shortest phones in:", *least)
print("of these suspect:", *(doubted if len(doubted) else ["none"]))
