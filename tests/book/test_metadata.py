"""Model cards, the crate of a run, and what the source code says of itself."""

import hashlib
import json
import re
import tomllib
from datetime import datetime

import numpy as np
import pandas as pd
import pytest
import yaml
from builders import make_model

from intonation.book.dependencies import ROOT
from intonation.book.metadata import card, crate
from intonation.book.receipts import write_receipt
from intonation.corpus.corpus import TABLE_COLUMNS
from intonation.errors import IntonationError
from intonation.evaluation.stability import ACCURACY_COLUMNS
from intonation.model.network import save_model

TEXTS = ["Ala ma kota.", "Czy to kot?", "To kot!", "„Kto tam?”", "Kot."]
RMSE = [1.0, 2.0, 3.0, 4.0, 1.5]


# --- model cards ----------------------------------------------------------------------------------


def write_corpus(out, speakers=("Ala", "Ala", "Ola", "Ola", "Ola"), texts=TEXTS):
    table = pd.DataFrame({name: ["0"] * len(texts) for name in TABLE_COLUMNS})
    table["id"] = [f"u{n}" for n in range(len(texts))]
    table["text"], table["speaker"] = texts, speakers
    table["split"], table["seconds"] = ["train", *["test"] * (len(texts) - 1)], 60.0
    (out / "corpus/data/questions").mkdir(parents=True, exist_ok=True)
    table.to_csv(out / "corpus/utterances.csv", index=False)
    pd.DataFrame({"id": [], "reason": []}).to_csv(out / "corpus/excluded.csv", index=False)
    return table


@pytest.fixture
def out(tmp_path):
    """A run folder with a corpus, a network and its errors."""
    table = write_corpus(tmp_path)
    save_model(make_model("semitones").float(), tmp_path / "model/semitones")
    history = pd.DataFrame({"epoch": [1, 2, 3], "validation_loss": [0.9, 0.25, 0.4]})
    history.to_csv(tmp_path / "model/semitones/history.csv", index=False)
    errors = table[["id", "speaker"]].assign(rmse_semitones=RMSE, rmse_hz=20.0, correlation=0.5)
    errors = errors.assign(ridge_rmse_semitones=2.5, ridge_rmse_hz=25.0, ridge_correlation=0.25)
    errors = errors.assign(speaker_mean_rmse_semitones=3.5, speaker_mean_rmse_hz=35.0)
    (tmp_path / "results/semitones").mkdir(parents=True)
    errors.to_csv(tmp_path / "results/semitones/errors.csv", index=False)
    return tmp_path


@pytest.mark.parametrize(
    "text, kind",
    [
        *(("Tak.", "statement"), ("Tak?", "question"), ("Tak!", "exclamation"), ("", "statement")),
        *(("„Kto tam?”", "question"), ("(Nie!) ", "exclamation"), ("Co? Nic.", "statement")),
    ],
)
def test_a_sentence_is_of_the_type_that_its_last_mark_says(text, kind):
    assert card.sentence_type(text) == kind


def test_a_card_tells_errors_by_type_and_speaker(out):
    found = card.model_card(out, "semitones")
    types = found.tables["sentence type"]
    assert types["utterances"].to_dict() == {"exclamation": 1, "question": 2, "statement": 2}
    assert types["RMSE (semitones)"].to_dict() == {
        "exclamation": 3,
        "question": 3,
        "statement": 1.25,
    }
    assert 2 <= types.loc["question", "from"] <= 3 <= types.loc["question", "to"] <= 4
    assert pd.isna(types.loc["exclamation", "from"])  # of one nothing is known about others
    assert list(found.tables["speaker"].index) == ["Ala", "Ola"]
    assert (
        "the network 2.30 semitones (20.0 Hz); ridge on the same inputs 2.50"
        in (found.texts["Errors"])
    )
    assert "epoch 2, with a validation loss of 0.25" in found.texts["Model"]
    assert "5 utterances in Polish, recorded, by 2 speakers" in found.texts["Data"]
    assert "4.0 minutes for test, 1.0 minutes for training" in found.texts["Data"]
    assert card.SYNTHETIC not in found.texts["Limits"]


def test_a_ceiling_is_never_made_up(out):
    assert (
        "Not known for this corpus: no sentence"
        in card.model_card(out, "semitones").texts["Ceiling"]
    )
    write_corpus(out, texts=[*TEXTS[:4], TEXTS[0]])
    assert "1 of its sentences" in card.model_card(out, "semitones").texts["Ceiling"]
    write_ceiling(out, [3.0, np.nan], [])  # of two readers no line can be drawn
    assert "Not known" in card.model_card(out, "semitones").texts["Ceiling"]


def write_ceiling(out, rmse, shares):
    (out / "results/ceiling").mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame({"k": [1, np.inf], "rmse_semitones": rmse, "correlation": 0.5})
    ends = {"ci_low": 1.9, "ci_high": 2.1}
    table.assign(**ends).to_csv(out / "results/ceiling/ceiling.csv", index=False)
    models = pd.DataFrame({"predictor": ["ridge", "network (semitones)"][: len(shares)]})
    models = models.assign(share=shares, share_low=0.25, share_high=0.75)
    models.to_csv(out / "results/ceiling/models.csv", index=False)


@pytest.mark.parametrize("shares, told", [([0.5, 0.625], True), ([np.nan, np.nan], False)])
def test_a_card_tells_the_ceiling_and_what_was_reached(out, shares, told):
    write_ceiling(out, [3.0, 2.0], shares)
    text = card.model_card(out, "semitones").texts["Ceiling"]
    assert "predict each other with 3.00 semitones" in text and "2.00 (1.90 to 2.10)" in text
    assert ("the network explains 62% (25% to 75%), ridge explains 50%" in text) == told
    assert card.model_card(out, "semitones").texts["Ceiling"].endswith(".")


def test_the_card_is_written_beside_the_weights_with_what_hubs_read(out):
    assert card.main(["semitones", "--run", str(out)]) == 0
    text = (out / "model/semitones/card.md").read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    assert yaml.safe_load(front)["language"] == "pl"
    assert card.SYNTHETIC in body  # without a source, the corpus is the embedded sentences
    headings = re.findall(r"^## (.*)$", body, flags=re.M)
    assert headings == [
        *("Model", "Data", "Intended use", "Limits", "Errors", "Ceiling"),
        *("Errors by sentence type", "Errors by speaker"),
    ]
    assert "| exclamation | 1 | 3.00 | – | – | 2.50 | 0.50 |" in body


def test_a_card_of_a_run_without_a_network_is_refused(out, capsys):
    (out / "model/semitones/model.safetensors").unlink()
    assert card.main(["semitones", "--run", str(out)]) == 1
    assert "train first" in capsys.readouterr().err


# --- the crate ------------------------------------------------------------------------------------

RECORD = {
    "versions": {"python": "3.11", "torch": "2", "snakemake": "9"},
    "machine": {"system": "Linux", "processor": "x86_64", "cores": 2},
    "profile": "smoke",
    "parameters": {"epochs": 3, "causal": True, "dropout": 0.5, "device": "auto"},
    "corpus": {"source": "nemo", "utterances": 5, "excluded": 0, "speakers": 2, "minutes": 5.0},
    "seconds": {},
}


@pytest.fixture
def finished(out):
    """The same folder as a finished run: receipts of chapters and of the site."""
    files = {"notebooks/01_corpus.ipynb": "{}", "notebooks/semitones/03_training.ipynb": "{}"}
    files |= {"site/html/index.html": "a page", "run.json": json.dumps(RECORD)}
    for name, text in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text)
    written = {
        "notebooks/01_corpus": ["corpus"],
        "notebooks/semitones/03_training": ["model/semitones"],
        "site/html": [],
    }
    for stamp, results in written.items():
        own = "site/html" if not results else f"{stamp}.ipynb"
        write_receipt(out / f"{stamp}.json", out, [*results, own], seconds=61.5)
    return out


def entities(out):
    crate.write_crate(out)
    content = json.loads((out / crate.NAME).read_text(encoding="utf-8"))
    return content["@context"], {entity["@id"]: entity for entity in content["@graph"]}


def test_a_crate_keeps_the_profiles(finished):
    """What RO-Crate 1.1 and the profiles of runs demand, checked as their validator does."""
    context, graph = entities(finished)
    assert context == ["https://w3id.org/ro/crate/1.1/context", crate.CONTEXT]
    root, descriptor = graph["./"], graph["ro-crate-metadata.json"]
    assert descriptor["about"] == {"@id": "./"}
    assert {"@id": "https://w3id.org/ro/crate/1.1"} in descriptor["conformsTo"]
    assert {one["@id"] for one in root["conformsTo"]} == set(crate.PROFILES)
    assert {"name", "description", "license", "datePublished", "hasPart"} <= set(root)
    workflow = graph[root["mainEntity"]["@id"]]
    assert workflow["@type"] == ["File", "SoftwareSourceCode", "ComputationalWorkflow"]
    assert (finished / workflow["@id"]).read_bytes() == (ROOT / "Snakefile").read_bytes()
    run = graph["#run"]
    assert run["instrument"] == {"@id": workflow["@id"]} and run in [
        graph[one["@id"]] for one in root["mentions"]
    ]
    for value in (graph[one["@id"]] for one in run["object"]):
        parameter = graph[value["exampleOfWork"]["@id"]]
        assert parameter["@type"] == "FormalParameter" and parameter["name"] == value["name"]
        assert {"@id": parameter["@id"]} in workflow["input"]
    assert graph["#value-epochs"]["value"] == 3
    kinds = {n: graph[f"#parameter-{n}"]["additionalType"] for n in RECORD["parameters"]}
    assert kinds == {"epochs": "Integer", "causal": "Boolean", "dropout": "Float", "device": "Text"}


def test_every_reference_in_a_crate_leads_somewhere(finished):
    _, graph = entities(finished)
    text = json.dumps(list(graph.values()))
    named = set(re.findall(r'\{"@id": "([^"]+)"\}', text))
    outside = {name for name in named - set(graph) if not name.startswith("http")}
    assert named and outside == set()


def test_files_of_a_crate_are_there_with_their_sizes_and_digests(finished):
    _, graph = entities(finished)
    files = [entity for entity in graph.values() if entity["@type"] == "File"]
    names = {entity["@id"] for entity in files}
    assert {"model/semitones/model.safetensors", "run.json", "notebooks/01_corpus.ipynb"} <= names
    for entity in files:
        content = (finished / entity["@id"]).read_bytes()
        assert entity["contentSize"] == str(len(content))
        assert entity["sha256"] == hashlib.sha256(content).hexdigest()
    corpus = graph["corpus/"]
    assert corpus["name"] == "corpus, 2 files" and "hasPart" not in corpus
    digests = json.loads((finished / "notebooks/01_corpus.json").read_text())["digests"]
    assert graph[corpus["identifier"]["@id"]]["value"] == digests["corpus"]
    assert graph["site/html/"]["contentSize"] == "6"


def test_a_crate_tells_when_each_chapter_was_executed(finished):
    _, graph = entities(finished)
    action = graph["#executed-semitones-03_training"]
    start, end = (datetime.fromisoformat(action[name]) for name in ("startTime", "endTime"))
    assert (end - start).total_seconds() == 61
    assert {"@id": "model/semitones/"} in action["result"]
    assert graph[action["instrument"]["@id"]]["@type"] == "SoftwareSourceCode"


def test_a_run_that_is_not_finished_has_no_crate(tmp_path, finished):
    with pytest.raises(IntonationError, match="make the book there first"):
        crate.describe(tmp_path / "none")


# --- the source code ------------------------------------------------------------------------------


def test_codemeta_says_what_the_citation_and_the_package_say():
    codemeta = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert codemeta["@context"] == "https://w3id.org/codemeta/3.0"
    assert codemeta["@type"] == "SoftwareSourceCode"
    assert codemeta["name"] == project["name"] == citation["title"].partition(":")[0]
    assert codemeta["version"] == project["version"] == citation["version"]
    assert codemeta["description"] == project["description"]
    assert project["description"].lower() in citation["title"].lower()
    assert codemeta["license"] == f"https://spdx.org/licenses/{citation['license']}"
    assert codemeta["keywords"] == citation["keywords"]
    authors = [author["name"] for author in codemeta["author"]]
    assert authors == [author["name"] for author in citation["authors"]]
    least = project["requires-python"].removeprefix(">=")
    assert codemeta["runtimePlatform"] == f"Python {least} or newer"


def test_a_card_shows_all_who_predict_and_says_where_no_ceiling_is_known(out):
    write_ceiling(out, [3.0, np.nan], [])
    numbers = {"rmse_semitones": [2.5, 2.3, 9.0], "ci_low": 2.0, "ci_high": 3.0}
    names = ["ridge", "network (semitones)", "network (log F0)"]
    models = pd.DataFrame({"predictor": names, "correlation": 0.5, "share": np.nan, **numbers})
    models.to_csv(out / "results/ceiling/models.csv", index=False)
    (out / "results/reach").mkdir()
    numbers = {"rmse_semitones": [2.4, 2.2], "ci_low": 2.0, "ci_high": 2.6, "correlation": 0.5}
    folds = pd.DataFrame({"predictor": ["ridge with range", "networks and ridge"], **numbers})
    folds.assign(share_of_explainable=np.nan).to_csv(out / "results/reach/accuracy.csv")
    found = card.model_card(out, "semitones").tables
    tested, everyone = (table for by, table in found.items() if by.startswith("on "))
    assert list(tested.index[1:]) == names[:2] and "not known" in tested.index[0]
    assert everyone.loc["networks and ridge", "RMSE (semitones)"] == 2.2
    text = card.model_card(out, "semitones").markdown()
    assert "is from one seed" in text and "seeds and sentences" not in text
    assert "## Errors on the test sentences" in text and "| ridge with range | 2.40 |" in text
    seeds = pd.DataFrame([[5, 9, 0.7, 0.6, 0.8, 0.65, 0.75, 0.6, 0.8]])
    (out / "results/semitones/seeds").mkdir()
    seeds.columns = list(ACCURACY_COLUMNS)
    seeds.to_csv(out / "results/semitones/seeds/accuracy.csv", index=False)
    folds.to_csv(out / "results/reach/frames.csv", index=False)
    found = card.model_card(out, "semitones")
    assert "over seeds and sentences 0.60 to 0.80" in found.texts["Errors"]
    (frames,) = (table for by, table in found.tables.items() if "other folds" in by)
    assert frames.loc["ridge with range", "RMSE (semitones)"] == 2.4
    write_ceiling(out, [3.0, 2.0], [])
    models.to_csv(out / "results/ceiling/models.csv", index=False)
    (out / "results/reach/frames.csv").unlink()
    everyone = list(card.model_card(out, "semitones").tables.values())[1]
    assert everyone.loc[card.CEILING, "RMSE (semitones)"] == 2
    assert everyone.loc[card.CEILING, "share of the explainable"] == 1
