"""Every figure, with awkward names: all of it on the paper, nothing upon another, no formulas."""

import base64
import gzip
import inspect
import io
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import parselmouth
import pytest
from bs4 import BeautifulSoup
from builders import inside, profile_of, some_utterances, values_for
from matplotlib.figure import Figure
from matplotlib.text import Text

from intonation import plots
from intonation.evaluation import three_neurons as toy
from intonation.labels.intervals import Interval
from intonation.lrp import positions as pos
from intonation.lrp.contrast import Contrast
from intonation.lrp.ranking import RANKING_COLUMNS

NAMES = ["VERY_" * 12 + "LONG_NAME", "$x_1$ <b>", "C"]
TITLE = "A title, $5 of it, that is " + "rather " * 12 + "long"
PHONES = tuple(Interval(0.25 * i, 0.25 * (i + 1), text) for i, text in enumerate("taka"))
WORDS = (Interval(0.0, 0.5, "$ta_1$"), Interval(0.5, 0.505, "niewidoczne"))


def numbers(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape)


def table(columns=NAMES, rows=NAMES):
    return pd.DataFrame(numbers(len(rows), len(columns)), index=rows, columns=columns).abs()


def view():
    errors = {"utterance": NAMES[1], "rmse_hz": 1234.5, "nrmse": np.nan, "correlation": -0.5}
    return plots.UtteranceView(TITLE, 100 + numbers(200), 100 + numbers(200), PHONES, WORDS, errors)


def ranking():
    rows = pd.DataFrame({"group": NAMES, "n_features": 3, "rank_low": 1, "rank_high": [2, 3, 3]})
    ends = {"sum": 9.0, "variance": 1.0, "std": 1.0, "ci_low": 1.0, "ci_high": 3.0}
    return rows.assign(mean=[2.0, 1.5, -1.0], **ends)[list(RANKING_COLUMNS)]


def seeds():
    rows = ranking()
    for source in ("utterances", "both"):
        for end, of in (("", "ci"), ("rank_", "rank")):
            rows[f"{source}_{end}low"], rows[f"{source}_{end}high"] = 0.5, rows[f"{of}_high"]
    return rows, table(["seed 1", "seed 2"])


def profiles(*axes):
    utterances = some_utterances(4)
    found = [profile_of(axis, utterances, values_for(utterances, 3)) for axis in axes]
    for profile in found:
        profile.groups = tuple(NAMES)
    return found


def contrast():
    kinds = ["group"] * 3 + ["rest", "absorbed", "gap", "explained", "natural"]
    rows = pd.DataFrame({"kind": kinds, "part": [*NAMES, *kinds[3:]]})
    values = ["first", "second", "difference", "ci_low", "ci_high"]
    return Contrast(rows.assign(**{name: numbers(8) for name in values}), (1, 2), (3, 4))


def faithful(first, second):
    """Means as `faithfulness.summarise` gives them, for three methods, rules or groups."""
    rows = [(a, b, n) for a in first for b in second for n in range(5)]
    found = pd.DataFrame(rows, columns=["a", "b", "n"]).assign(value=numbers(len(rows)))
    return found.assign(ci_low=found["value"] - 0.1, ci_high=found["value"] + 0.1)


def curves():
    found = faithful(NAMES, ("deletion", "insertion"))
    return found.set_axis(["method", "way", "groups", "distance", "ci_low", "ci_high"], axis=1)


def advantages():
    found = curves().rename(columns={"distance": "advantage"})
    return found[found["groups"] == 1]


def likeness():
    found = faithful(("z", "gamma"), ("signed", "absolute"))
    names = ["rule", "kind", "layers", "correlation", "ci_low", "ci_high"]
    return found.set_axis(names, axis=1).assign(layer=[*"abcde"] * 4)


def growth():
    rows = [(count, name) for count in (7, 14, 1200) for name in NAMES]
    found = pd.DataFrame(rows, columns=["sentences", "group"])
    return found.assign(old=1 - numbers(9) / 9, new=numbers(9) / 9)


def shares():
    rows = pd.DataFrame([(name, who) for name in NAMES for who in ("people", "model")])
    rows = rows.set_axis(["name", "who"], axis=1).assign(value=numbers(6))
    return rows.assign(ci_low=rows["value"] - 0.1, ci_high=rows["value"] + 0.1)


def strengths():
    found = pd.DataFrame({"pass": [1, 1, 2, 2], "strength": [0.1, 1.0, 0.1, 1.0]})
    return found.assign(validation_loss=[2.0, 3.0, 1.5, 4.0], standard_error=0.2)


def ways():
    columns = {"way": np.repeat(["holds", "study"], 3), "group": NAMES * 2, "rank": [1, 2, 3] * 2}
    found = pd.DataFrame(columns).assign(value=np.sort(numbers(6))[::-1])
    return found.assign(ci_low=found["value"] - 0.1, ci_high=found["value"] + 0.1)


def errors():
    return table(["lowest", "mean", "highest"])


def rates():
    columns = {"id": NAMES * 9, "speaker": NAMES * 9, "rate_z": [0.0] * 26 + [9.0]}
    return pd.DataFrame(columns).assign(phones_per_s=10 + numbers(27))


def noise():
    return parselmouth.Sound(numbers(16_000) / 9, sampling_frequency=16_000)


def law(**more):
    utterance, values = SimpleNamespace(phones=PHONES, words=WORDS), numbers(4)
    terms = dict.fromkeys(NAMES, values)
    return plots.law_figure(utterance, values, values + 1, terms, **more)


BANDS = {name: np.array([i]) for i, name in enumerate(NAMES)}
TITLED = {"title": TITLE}
UNIT = {"title": TITLE, "unit": "ln Hz"}
NETWORK = (toy.three_neurons(), toy.answers().numpy(), ["$x$", "<b>", "c?"], TITLE)
COUNTS = np.arange(200, 0, -1)
FIGURES = {
    "advantage_figure": lambda: plots.advantage_figure(advantages(), **UNIT),
    "aggregate_heatmap": lambda: plots.aggregate_heatmap(
        numbers(200, 3), BANDS, label="ln Hz", utterances_per_frame=COUNTS, **TITLED
    ),
    "bands_figure": lambda: plots.bands_figure(
        shares().rename(columns={"name": "series"}).assign(across=range(6)),
        **TITLED,
        across="place",
        label="F0 (semitones)",
    ),
    "compared_groups": lambda: plots.compared_groups(table(NAMES[1:]), TITLE),
    "contrast_figure": lambda: plots.contrast_figure(contrast(), names=("a", "$b$"), **UNIT),
    "curves_figure": lambda: plots.curves_figure(curves(), **UNIT),
    "duration_histogram": lambda: plots.duration_histogram(np.array([1.0, 2, 9])),
    "epsilon_figure": lambda: plots.epsilon_figure(
        {NAMES[1]: pd.DataFrame({"epsilon": [1e-6, 1e-3], "relative_change": [1e-4, 0.1]})}, TITLE
    ),
    "error_distribution": lambda: plots.error_distribution(
        dict.fromkeys(NAMES, numbers(9)), label="RMSE (Hz)", **TITLED
    ),
    "error_ranges": lambda: plots.error_ranges([("a", errors()), ("$b$", errors())], TITLE),
    "f0_figure": lambda: plots.f0_figure(view()),
    "f0_histogram": lambda: plots.f0_histogram(dict.fromkeys(NAMES[1:], [100 + numbers(99)])),
    "interval_figure": lambda: plots.interval_figure(
        shares(), series="who", label="share (%)", reference=1.0, **TITLED
    ),
    "label_figure": lambda: plots.label_figure(np.eye(3), BANDS, [*"abc"], **TITLED),
    "law_figure": lambda: law(**TITLED),
    "line_figure": lambda: plots.line_figure(
        pd.DataFrame(
            {"k": [1, 2, np.inf], "rmse_semitones": [3.0, 2.5, 2], "ci_low": 1.9, "ci_high": 3.1}
        ),
        **TITLED,
    ),
    "loss_curve": lambda: plots.loss_curve(
        pd.DataFrame({"epoch": [1, 2], "train_loss": [2, 1], "validation_loss": [3, 2]}), unit="s²"
    ),
    "marks_figure": lambda: plots.marks_figure(table(), label="$x$ <b>", **TITLED),
    "matrix_figure": lambda: plots.matrix_figure(table(), TITLE),
    "methods_figure": lambda: plots.methods_figure(
        table(["first", "$b$"]), numbers(99), wanted=0.9, ceiling=0.95, **TITLED
    ),
    "natural_f0_figure": lambda: plots.natural_f0_figure(view()),
    "network_figure": lambda: plots.network_figure(*NETWORK),
    "position_heatmaps": lambda: plots.position_heatmaps(
        profiles(*map(pos.relative_axis, ("word", "utterance", "phrase"))), **UNIT
    ),
    "position_profiles": lambda: plots.position_profiles(
        *profiles(pos.relative_axis("word", 10)), NAMES, **UNIT
    ),
    "randomisation_figure": lambda: plots.randomisation_figure(likeness(), **TITLED),
    "ranking_figure": lambda: plots.ranking_figure(ranking(), TITLE, unit="ln Hz", apart=[1]),
    "checks_figure": lambda: plots.checks_figure(
        pd.DataFrame({"check": NAMES, "fine": [3, 0, 1], "doubtful": [0, 1200, 1], "unknown": 1}),
        **TITLED,
    ),
    "phone_lengths_figure": lambda: plots.phone_lengths_figure(
        pd.DataFrame(
            {"phone": NAMES, "count": 9, "low_ms": 10.0, "median_ms": 20.0, "high_ms": 90.0}
        )
    ),
    "rate_figure": lambda: plots.rate_figure(rates(), most_z=3.5),
    "readers_figure": lambda: plots.readers_figure(
        SimpleNamespace(phones=PHONES, words=WORDS),
        numbers(200),
        dict.fromkeys(NAMES, numbers(200)),
        **TITLED,
    ),
    "recording_figure": lambda: plots.recording_figure(view(), noise()),
    "recovery_figure": lambda: plots.recovery_figure(
        pd.Series([2.0, 1, 0], NAMES), dict.fromkeys(NAMES[1:], table()[NAMES[0]]), **TITLED
    ),
    "relevance_heatmap": lambda: plots.relevance_heatmap(
        numbers(200, 3), NAMES, view(), label="relevance (semitones)"
    ),
    "seed_ranking_figure": lambda: plots.seed_ranking_figure(*seeds(), TITLE, unit="ln Hz"),
    "speaker_ranges": lambda: plots.speaker_ranges(dict.fromkeys(NAMES, [100 + numbers(99)])),
    "told_figure": lambda: plots.told_figure(growth(), NAMES, learnt="old", new="new", **TITLED),
    "strength_figure": lambda: plots.strength_figure(strengths(), unit="s²"),
    "taxonomy_figure": lambda: plots.taxonomy_figure(
        [(NAMES[2], NAMES[1], name, 9) for name in NAMES], **TITLED
    ),
    "ways_figure": lambda: plots.ways_figure(
        ways(), {"holds": "SD (semitones)", "study": "sum (semitones)"}, **TITLED
    ),
}
WORDS_IN = {"figcaption", "span", "a"}
NO_NAMES = {
    "duration_histogram",
    "line_figure",
    "loss_curve",
    "randomisation_figure",
    "strength_figure",
}
NO_TITLE = {
    *("duration_histogram", "f0_histogram", "loss_curve", "phone_lengths_figure"),
    *("rate_figure", "speaker_ranges", "strength_figure"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", FIGURES)
def test_everything_is_on_the_paper_and_nothing_upon_another(name):
    figure = FIGURES[name]()
    assert isinstance(figure, Figure)
    found = inside(figure)
    assert TITLE in found or name in NO_TITLE
    shown = " ".join(found)
    assert name in NO_NAMES or any(sign in shown for sign in (NAMES[1], "$x", "$ta_1$", "$b$"))
    if any(NAMES[0][:12] in text for text in found):
        assert any(NAMES[0] in text for text in found), "a name of a row is cut or broken"


def data_names(figure):
    """Names and texts of cells that stand in the data behind a figure."""
    table = figure.data
    texts = [str(value) for column in table for value in table[column] if isinstance(value, str)]
    columns = [str(column).partition("[")[0] for column in table]  # a feature has its band's
    return {*columns, *texts}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_says_what_is_seen(name):
    """A number that is seen, and a name in the data or the count of what is drawn; no path."""
    figure = FIGURES[name]()
    assert len(figure.alt) > 30 and figure.alt.endswith(".")
    assert re.search(r"\d", figure.alt)
    assert not re.search(r"\.(png|svg|csv)|[/\\]\w+[/\\]", figure.alt)
    named = [word for word in data_names(figure) if word in figure.alt]
    assert named or name in {
        *("duration_histogram", "f0_figure", "natural_f0_figure", "recording_figure"),
    }


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_html_with_picture_words_and_data(name):
    figure = FIGURES[name]()
    soup = BeautifulSoup(figure._repr_html_(), "html.parser")
    (image,) = soup.select("figure.book-figure > div[tabindex='0'][aria-label] > img")
    assert image["alt"] == figure.alt
    assert image["src"].startswith(("data:image/svg+xml;base64,", "data:image/png;base64,"))
    assert {tag.name for tag in soup.find_all()} == {"figure", "div", "img", *WORDS_IN}
    caption = soup.find("figcaption").get_text()
    assert figure.title[1:] in caption and figure.caption[1:] in caption  # with a capital
    packed = base64.b64decode(soup.find("a")["href"].partition(",")[2])
    stored = pd.read_csv(io.BytesIO(gzip.decompress(packed)))
    assert len(stored) == len(figure.data) > 0


@pytest.mark.parametrize("name", FIGURES)
def test_a_page_never_shows_letters_below_nine_pixels(name):
    figure = FIGURES[name]()
    image = BeautifulSoup(figure._repr_html_(), "html.parser").find("img")
    least = int(re.search(r"min-width: (\d+)px", image["style"])[1])
    sizes = [text.get_fontsize() for text in figure.findobj(Text) if text.get_text()]
    assert least / figure.inner.width * min(sizes) / 72 >= 8.99


def test_every_figure_is_tested_here():
    functions = [(name, found) for name, found in vars(plots).items() if inspect.isfunction(found)]
    public = {
        n for n, f in functions if inspect.signature(f).return_annotation in (Figure, "Figure")
    }
    assert public == set(FIGURES)
