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
# # 19 · What does Polish do?
#
# **What do accents, phrases, questions, vowels and consonants do to F0, and does the network know?**
#
# Reads: `corpus/`, `features/`. Writes: `results/polish/`, `results/polish/figures/`. Time: TIME_TAKEN.
#
# Phonetics has asked each of these questions one by one, with sentences made for it. Here all are
# asked of the same recordings at once, three times over: of the recordings themselves, without any
# model; of relevance; and of a network to which one thing is told otherwise.

# %% tags=["parameters"]
run_folder = "build/default"
source = ""
cpu_count = 1
seed = 1
small_hidden_size = 32
kernel_size = 2
weight_decay = 0.0
resamples = 1000
law_learning_rate = 0.005
law_batch_size = 16
law_penalty = 0.005
polish_utterances = 540
polish_folds = 2
polish_deals = 3
polish_epochs = 12

# %% tags=["hide-input"]
import numpy as np
import pandas as pd
from intonation import open_corpus, plots
from intonation.book.prose import say
from intonation.book.run_folder import RunFolder
from intonation.corpus.features import load_features
from intonation.evaluation.phonetics import asking, changes, curves
from intonation.evaluation.phonetics.designs import Draws
from intonation.evaluation.phonetics.facts import FACTS
from intonation.evaluation.phonetics.networks import train_deals
from intonation.evaluation.phonetics.replacement import Answers, windows
from intonation.evaluation.phonetics.vowels import (
    ONSETS,
    PROMINENCES,
    TONES,
    read_speech,
)
from intonation.evaluation.planted_law import question_groups
from intonation.evaluation.recovery import sparse_recipe
from intonation.files import write_csv
from intonation.labels.full_context import Labels
from intonation.labels.words import in_words
from intonation.parameters import from_notebook
from intonation.polish.phones import BY_SYMBOL

# %%
chosen = from_notebook(globals())
run = RunFolder(run_folder)
results, corpus = run.results("polish"), open_corpus(run.corpus)
features, groups = (
    load_features(run.features),
    question_groups(corpus.questions),
)

# %% tags=["remove-output"]
speech = read_speech(corpus, features, at_most=chosen.polish_utterances)
vowels = speech.vowels
draws = Draws.of(vowels["sentence"], resamples=resamples, seed=seed)

# %% tags=["hide-input"]
synthetic = (
    """**The voice of this run is synthetic.** What is called *recordings* is what the rules of
the synthesiser, eSpeak NG, do to F0: no fact about Polish speakers."""
    if not source
    else ""
)
say(f"""{len(vowels):,} vowels with at least 20 ms of voice, in {len(speech.items)}
utterances of {plots.counted(vowels["sentence"].nunique(), "different sentence")} by
{plots.counted(vowels["speaker"].nunique(), "speaker")}.""")

# %% [markdown]
# ## How it is asked
#
# *Recordings.* Vowels of two kinds are compared where they are alike in all else that is listed in
# the table below: each such stratum gives the difference of two means, which counts as often as it
# has pairs. Intervals hold 95 % of what comes out when sentences are drawn anew, all speakers of a
# sentence together {cite:p}`efron1993`. Semitones are from the speaker's median.
#
# *Relevance.* Small networks of the kind that finds a planted law ({doc}`chapter 11
# </notebooks/11_truth>`) learn F0, one value a phone. The sentences are parted, and each
# part is told by a network that never heard it. How they are parted is chance, and so is the seed of a
# network: both are drawn several times, and what is told is the mean of these deals. An interval of
# networks takes a deal at random before it draws sentences {cite:p}`davison1997`; it is wider than that of
# one deal, and from few deals still too narrow. Relevance of every vowel is that of its output alone,
# added up over the groups of features that are responsible for the fact. It is compared over the same
# pairs, weighted in the same way.
#
# *Replacement.* Only the label fields of these groups are changed, for example the accent is taken
# away, and predicted F0 differs by so much. Within the network this is cause and effect. That the
# labels then may contradict each other is the price.

# %%
asked = pd.DataFrame({"fact": [fact.words for fact in FACTS]})
asked["responsible"] = ["; ".join(map(in_words, f.groups)) for f in FACTS]
asked["what a pair shares"] = [fact.matched for fact in FACTS]
asked.style.hide().set_properties(**{"text-align": "left"})

# %% tags=["remove-output"]
sparse = sparse_recipe(chosen, chosen.polish_epochs)
parts = {"folds": chosen.polish_folds, "deals": chosen.polish_deals}
parts["folder"] = results / "networks"
told = train_deals(speech, corpus.questions.names, groups, sparse, **parts)

# %% tags=["remove-output"]
moved = [asking.moved_by(speech, one, corpus.questions) for one in told]
facts = asking.facts_table(vowels, draws, told, moved)
write_csv(results / "facts.csv", facts)

# %% [markdown]
# ## All facts
#
# Where the three marks of a row lie on one spot, the network does what the speakers do, and relevance
# says so.

# %% tags=["answer"]
known = facts.dropna(subset="value_semitones")
shown = known[known["source"] != asking.PREDICTED]
figure = plots.interval_figure(
    shown,
    title="What moves F0, by recordings, by relevance and by replacement",
    label="semitones (95 % over sentences; of networks, over deals, too)",
    value="value_semitones",
    series="source",
)
see = "Right of 0 F0 is raised, left of it lowered; marks on one spot agree."
plots.show(figure, results.figure("facts"), see)

# %% tags=["hide-input"]
spoken = facts[facts["source"] == asking.RECORDINGS].set_index("fact")
silent = spoken[spoken["value_semitones"].isna()]
say(
    f"""Not to be known from this corpus: {"; ".join(silent["name"])} ({asking.TOO_FEW})."""
    if len(silent)
    else "Every fact can be measured on this corpus."
)

# %% [markdown]
# In numbers, with predicted F0 of the same pairs. Where that is as high as in the recordings and
# relevance is not, the network knows the fact from other groups than those held responsible: labels
# say most things more than once.

# %%
wide = known.pivot(index="name", columns="source", values="value_semitones")
order = [name for name in asked["fact"] if name in wide.index]
wide = wide.reindex(index=order, columns=list(asking.SOURCES))
wide = wide.rename_axis(index="fact", columns=None)
wide.style.format(precision=2, na_rep="–")

# %% [markdown]
# One difference by hand, that of high and low vowels: means and numbers of each stratum, then their
# differences, weighted by pairs.

# %%
strata = ["speaker", "prominence", "place", "ending", "onset"]
cells = vowels.groupby([*strata, "height"])["semitones"].agg(["mean", "size"])
wanted = [(of, kind) for of in ("mean", "size") for kind in ("high", "low")]
cells = cells.unstack().reindex(columns=wanted).dropna()
mean, count = cells["mean"], cells["size"]
pairs = np.minimum(count["high"], count["low"])

# %%
by_hand = ((mean["high"] - mean["low"]) * pairs).sum() / max(pairs.sum(), 1)
by_code = spoken.loc["intrinsic_pitch", "value_semitones"]
beside = "too few to say"
if not np.isnan(by_code):
    beside = plots.number(by_code, ".4f")
say(f"""By hand {plots.number(by_hand, ".4f")} semitones, from {pairs.sum():,.0f} pairs in
{plots.counted(len(pairs), "stratum", "strata")}; in the table: {beside}.""")

# %% [markdown]
# And one replacement: the accent of one syllable is taken out of its labels' text, and all questions
# are answered anew. Are the answers those that the network was asked with?

# %%
around = windows(speech, told[0].reach)
new = changes.without_accent(around)
accented = np.flatnonzero(vowels["prominence"] == "accented")[:1]
fields = {
    name: values[accented].ravel() for name, values in around.fields.items()
}
fields |= {name: values[accented].ravel() for name, values in new.items()}
shape = corpus[vowels["id"].iloc[0]].labels.shape if len(vowels) else None

# %%
if len(accented):
    rows = pd.DataFrame(fields).to_dict("records")
    texts = [shape.template.format(**row) for row in rows]
    anew = corpus.questions.answer(Labels(texts, shape=shape))
    answers = Answers.of(speech, corpus.questions)
    (used,), _ = answers.changed(around, new, accented)
    print("yes" if np.array_equal(anew, used) else "no, they differ")

# %% [markdown]
# ## Accents and stress
#
# F0 around the start of vowels, above the mean of their phrase; its last two syllables are left out.
# An accent that is a movement rather than a height shows here, and not in the mean of a vowel.

# %%
lines = curves.around_by(speech, "prominence", PROMINENCES, (-150, 350))
write_csv(results / "around_accents.csv", lines)

# %% tags=["hide-input"]
words = {
    "across": "time from the start of the vowel (ms)",
    "label": "semitones above the phrase's mean (median, 95 %)",
}
title = "Around accented, stressed and unstressed vowels"
figure = plots.bands_figure(lines, title=title, mark=0.0, **words)
see = "At 0 the vowel begins; bands hold 95 %."
plots.show(figure, results.figure("around_accents"), see)

# %% [markdown]
# ## Declination
#
# Vowels by their place in the phrase, from its first syllable to its last. The slope in the table is
# that within phrases, of unstressed vowels but for the last two syllables; what the last one has beyond
# it is final lowering.

# %%
lines = curves.along_phrases(vowels, PROMINENCES)
write_csv(results / "along_phrases.csv", lines)

# %%
words = {
    "across": "place in the phrase (0 its first syllable, 1 its last)",
    "label": "semitones from the speaker's median (median, 95 %)",
}
figure = plots.bands_figure(lines, title="Through the phrase", **words)
see = "Declination is the slope of the middle, final lowering the fall at the end."
plots.show(figure, results.figure("along_phrases"), see)

# %% [markdown]
# ## Ends of phrases
#
# The last three vowels of phrases, each stretched to the same length, by what the punctuation asks for.

# %%
lines = curves.last_vowels(speech, TONES)
write_csv(results / "ends.csv", lines)

# %%
words = {
    "across": "vowels before the end of the phrase",
    "label": "semitones from the speaker's median (median, 95 %)",
}
figure = plots.bands_figure(lines, title="Ends of phrases", **words)
see = "Compare the last vowel: falling for a statement, rising where a question is asked so."
plots.show(figure, results.figure("ends"), see)

# %% [markdown]
# ## Vowels
#
# Each vowel against *a*, matched as high and low vowels are. Over 31 languages, high vowels are some
# 1.65 semitones above low ones {cite:p}`whalen1995`, spoken in words and frames made for it; in read
# sentences less is to be expected.

# %%
both = {
    asking.RECORDINGS: vowels["semitones"].to_numpy(),
    asking.PREDICTED: [one.predicted for one in told],
}
each = curves.each_vowel(vowels, both, draws)
ipa = {symbol: phone.ipa for symbol, phone in BY_SYMBOL.items()}
each["name"] = each["name"].map(lambda symbol: ipa.get(symbol, symbol))
write_csv(results / "vowels.csv", each)

# %% tags=["hide-input"]
label = "semitones above a in the same position (95 % over sentences)"
figure = plots.interval_figure(
    each, title="Intrinsic pitch of vowels", label=label, series="series"
)
see = "High vowels right of the open ones would be intrinsic pitch."
plots.show(figure, results.figure("vowels"), see)

# %% [markdown]
# ## After consonants
#
# The first 80 ms of vowels by the consonant before them. A voiceless obstruent raises the beginning of
# the vowel {cite:p}`hanson2009`; how much of it is left in the mean of the vowel, the table says.

# %%
lines = curves.around_by(speech, "onset", ONSETS, (0, 80))
write_csv(results / "after_consonants.csv", lines)

# %%
words = {
    "across": "time from the start of the vowel (ms)",
    "label": "semitones above the phrase's mean (median, 95 %)",
}
figure = plots.bands_figure(lines, title="After consonants", **words)
see = "Where the consonant raises the vowel's beginning, its curve starts higher and comes down."
plots.show(figure, results.figure("after_consonants"), see)

# %% [markdown]
# ## What was seen

# %% tags=["hide-input", "answer"]
agreed = asking.agreement(facts)
say(
    synthetic,
    f"""{len(spoken) - len(silent)} of {len(spoken)} facts can be measured in these recordings;
{agreed["found"]} are there beyond doubt (their interval excludes 0). Of those that a network of one
value a phone can be asked about, predicted F0 has the same sign in {agreed["predicted"]} of
{agreed["asked"]}, relevance of the responsible groups in {agreed["relevance"]}, and replacement in
{agreed["replacement"]}.""",
)

# %% tags=["hide-input"]
say(asking.sentences(facts) or "No fact could be measured.")

# %% [markdown]
# Beside others: for intrinsic pitch the literature has the number given above. All other sizes depend
# on speakers, sentences and method too much to set one beside ours; they are not compared.
#
# ## What this does not show
#
# Accents, phrases and their tones are predicted from the text by rules, not heard. Where a reader put the
# accent elsewhere, two kinds of vowels are mixed, and the difference becomes smaller. By these rules
# an accent goes to content words, and stressed vowels without one stand in function words: what an
# accent does and what a content word does is one thing here. Vowels are matched for what the table
# lists and for nothing else; high vowels follow other consonants than low ones. F0 of a vowel is one
# number, its mean: a fall through an accented vowel and a rise cancel. Intervals are over sentences, and
# of networks also over seeds and over ways to deal sentences into parts; they say nothing of other speakers,
# of which a corpus has few, nor of networks of another size, or trained for longer.
#
# ## Exercises
# 1. Intrinsic pitch is said to be smaller where F0 is low. Is it smaller in the last third of phrases?

# %% tags=["solution"]
high, low = (vowels["height"] == kind for kind in ("high", "low"))
place = (vowels["syllable"] - 1) / (vowels["length"] - 1).clip(lower=1)
for name, part in (("early", place < 1 / 3), ("late", place > 2 / 3)):
    some = vowels[part & (high | low)]
    found = some.groupby(["prominence", "height"])["semitones"].mean().unstack()
    found = found.reindex(columns=["high", "low"])
    print(name, (found["high"] - found["low"]).dropna().round(2).to_dict())

# %% [markdown]
# 2. Take the accents away from all accented vowels, one speaker at a time. Do the networks move all
#    speakers alike? Why must they?

# %% tags=["solution"]
has_accent = (vowels["prominence"] == "accented").to_numpy()
down = moved[0](changes.without_accent, has_accent)
print(pd.Series(down).groupby(vowels["speaker"][has_accent].array).mean())
# labels do not say who speaks: only which sentences were read differs

# %% [markdown]
# 3. How much of the rise after a voiceless consonant is left in the mean of the vowel?

# %% tags=["solution"]
whole = spoken.loc["after_voiceless", "value_semitones"]
first = spoken.loc["after_voiceless_onset", "value_semitones"]
print(f"{whole:.2f} of {first:.2f} semitones")
