"""Parameters of a run: defaults, profiles, and every way to get them wrong."""

import ast
import dataclasses
import inspect
import re
from pathlib import Path

import pytest

import intonation.evaluation
from intonation.errors import ParameterError
from intonation.evaluation import randomisation, recovery, stability
from intonation.evaluation.holding import held, marking
from intonation.model.small import small_parameters
from intonation.parameters import (
    PROFILES,
    RANGES,
    Parameters,
    as_assignments,
    from_notebook,
    parameters,
    parameters_table,
    parse_overrides,
)

NUMBERS = [field.name for field in dataclasses.fields(Parameters) if field.type in (int, float)]


def test_defaults():
    assert parameters() == Parameters()
    assert Parameters().target == "semitones"


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_changes_what_it_names_and_nothing_else(profile):
    expected = dataclasses.asdict(Parameters()) | PROFILES[profile]
    assert dataclasses.asdict(parameters(profile)) == expected


# what says how a network or a corpus is, not how long to work
SAME_IN_ALL = {
    *("learning_rate", "dropout", "input_dropout", "batch_size", "stacks", "kernel_size"),
    *("weight_decay", "min_delta", "seed", "split_seed", "lf0_column", "cpu_count", "nodes"),
    *("smooth_ms", "bridge_ms", "ceiling_shift_ms", "ceiling_jitter_ms"),
    *("randomisation_learning_rate", "randomisation_batch_size"),
    *("stability_learning_rate", "stability_batch_size"),
    *("law_noise_semitones", "law_learning_rate", "law_batch_size", "law_penalty"),
    "reach_shape_weight",
}


def test_every_budget_is_chosen_in_each_profile():
    for profile in ("smoke", "full"):
        assert set(PROFILES[profile]) == set(NUMBERS) - SAME_IN_ALL | {"reach_ablations"}
    assert PROFILES["default"] == {}


@pytest.mark.parametrize("name", sorted(set(NUMBERS) - SAME_IN_ALL))
def test_smoke_asks_for_no_more_than_default_and_full_for_no_less(name):
    smoke, default, full = (getattr(parameters(profile), name) for profile in PROFILES)
    if RANGES[name][0] == 0 and name.endswith(("utterances", "limit")):  # 0 for all
        smoke, default, full = (value or float("inf") for value in (smoke, default, full))
    if name == "randomisation_every":  # of so many, one
        smoke, default, full = 1 / smoke, 1 / default, 1 / full
    assert smoke <= default <= full
    assert smoke < full


def test_the_study_had_200_epochs_and_all_its_utterances():
    full = parameters("full")
    assert full.epochs == full.small_epochs == full.law_epochs == 200
    most = [name for name in NUMBERS if name.endswith("_utterances") and name[:6] != "study_"]
    assert len(most) >= 10 and all(getattr(full, name) == 0 for name in most)


def test_overrides_win_over_the_profile():
    assert PROFILES["smoke"]["epochs"] != 7
    chosen = parameters("smoke", {"epochs": 7})
    assert chosen.epochs == 7
    assert chosen.hidden_size == PROFILES["smoke"]["hidden_size"]


def test_parameters_cannot_be_changed_behind_a_chapter():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Parameters().epochs = 3


def test_an_unknown_profile_names_the_known_ones():
    with pytest.raises(ParameterError, match="'fast' is unknown.*smoke, default, full"):
        parameters("fast")


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("epoch", "epochs"),
        ("hidden_siez", "hidden_size"),
        ("learning-rate", "learning_rate"),
        ("droput", "dropout"),
    ],
)
def test_an_unknown_name_is_an_error_with_a_suggestion(wrong, meant):
    with pytest.raises(ParameterError, match=rf"'{wrong}' is unknown; did you mean {meant}\?$"):
        parameters("default", {wrong: 1})


def test_a_name_like_no_other_lists_all():
    with pytest.raises(ParameterError) as raised:
        parameters("default", {"zzz": 1})
    for field in dataclasses.fields(Parameters):
        assert field.name in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("epochs", 1.5, "int"),
        ("epochs", "3", "int"),
        ("epochs", True, "int"),
        ("epochs", None, "int"),
        ("dropout", "0.1", "float"),
        ("dropout", False, "float"),
        ("causal", 1, "bool"),
        ("causal", "true", "bool"),
        ("device", 0, "str"),
    ],
)
def test_a_wrong_type(name, value, kind):
    with pytest.raises(ParameterError, match=f"{name} is {value!r}, expected {kind}"):
        parameters("default", {name: value})


def test_a_whole_number_will_do_for_a_float():
    assert parameters("default", {"learning_rate": 1}).learning_rate == 1


def test_a_number_of_devices_may_be_a_word():
    assert parameters("default", parse_overrides(["devices=auto"])).devices == "auto"
    assert parameters("default", parse_overrides(["devices=4"])).devices == 4
    assert parameters_table().loc["devices", "allowed"] == "1 to 1024 or auto"
    for wrong in ("all", True, 1.5, None):
        with pytest.raises(ParameterError, match=f"is {wrong!r}, expected int or auto; change it"):
            parameters("default", {"devices": wrong})
    with pytest.raises(ParameterError, match="is 'all', expected int or auto; change it"):
        parse_overrides(["devices=all"])
    with pytest.raises(ParameterError, match="is 0, expected 1 to 1024"):
        parameters("default", {"devices": 0})


def test_parameters_become_assignments_and_come_back():
    given = {"devices": "auto", "causal": False, "epochs": 3, "learning_rate": 2e-5}
    chosen = parameters("smoke", given | {"precision": "bf16", "target": "log_f0"})
    assert parameters("default", parse_overrides(as_assignments(chosen))) == chosen
    assert as_assignments(Parameters()) == []


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_has_a_range_with_open_ends_outside(name):
    low, high = RANGES[name]
    for value in (low, high):
        assert getattr(parameters("default", {name: value}), name) == value
    step = 1 if isinstance(low, int) else 1e-9
    for value in (low - step, high + step):
        with pytest.raises(ParameterError, match=f"{name} is .*, expected {low} to"):
            parameters("default", {name: value})


def test_not_a_number_is_out_of_range():
    with pytest.raises(ParameterError, match="learning_rate is nan"):
        parameters("default", {"learning_rate": float("nan")})


@pytest.mark.parametrize(("name", "value"), [("target", "f0"), ("device", "gpu")])
def test_an_unknown_choice_lists_the_known_ones(name, value):
    with pytest.raises(ParameterError, match=f"{name} is '{value}', expected one of "):
        parameters("default", {name: value})


# --- text from a command line ---------------------------------------------------------------------


def test_overrides_get_their_parameters_types():
    given = ["epochs=3", "dropout=0.25", "causal=False", "target=log_f0", "learning_rate=1e-4"]
    overrides = parse_overrides(given)
    assert overrides == {
        "epochs": 3,
        "dropout": 0.25,
        "causal": False,
        "target": "log_f0",
        "learning_rate": 0.0001,
    }
    assert overrides["causal"] is False  # 0 == False
    assert parameters("default", overrides).epochs == 3


def test_the_last_of_two_equal_names_counts():
    assert parse_overrides(["epochs=3", "epochs=4"]) == {"epochs": 4}
    assert parse_overrides([]) == {}


@pytest.mark.parametrize("assignment", ["epochs", "", "epochs:3"])
def test_no_assignment(assignment):
    with pytest.raises(ParameterError, match=f"'{assignment}' is no assignment; write name=value"):
        parse_overrides([assignment])


@pytest.mark.parametrize(
    "assignment", ["epochs=many", "epochs=", "epochs=1.5", "epochs=3=4", "dropout=half"]
)
def test_a_value_that_does_not_fit(assignment):
    name, _, text = assignment.partition("=")
    with pytest.raises(ParameterError, match=f"parameter {name} is '{text}', expected"):
        parse_overrides([assignment])


@pytest.mark.parametrize("assignment", ["causal=yes", "epoch=3", "=3", "target=F0"])
def test_what_only_the_parameters_themselves_can_refuse(assignment):
    overrides = parse_overrides([assignment])
    with pytest.raises(ParameterError):
        parameters("default", overrides)


def test_words_are_short_and_kept_as_they_stand():
    pattern = r"speaker_pattern=^(?P<speaker>[a-z]+)=\d"
    assert parameters("default", parse_overrides([pattern])).speaker_pattern == pattern[16:]
    with pytest.raises(ParameterError, match="speaker_pattern has 201 characters, expected 200"):
        parameters("default", {"speaker_pattern": "a" * 201})


# --- one place ------------------------------------------------------------------------------------


def test_the_table_tells_every_parameter_as_it_is_written():
    table = parameters_table()
    assert list(table.index) == [field.name for field in dataclasses.fields(Parameters)]
    assert list(table.columns) == ["default", "smoke", "full", "allowed", "meaning"]
    assert table.map(lambda text: isinstance(text, str)).all(axis=None)
    empty = table.index[(table == "").any(axis=1)]
    may_be = {"columns", "speaker_pattern", "leave_out", "keep"}
    assert {*empty} == may_be | {"reach_pretrained_on", "reach_ablations"}
    assert (table["meaning"] != "").all()
    assert table.loc["speaker_pattern", "allowed"] == "up to 200 characters"
    for profile in PROFILES:
        written = [f"{name}={text}" for name, text in table[profile].items()]
        assert parameters("default", parse_overrides(written)) == parameters(profile)
    assert table.loc["epochs"].tolist()[:4] == ["10", "2", "200", "1 to 10000"]
    assert table.loc["causal", "allowed"] == "true or false"
    assert table.loc["device", "allowed"] == "auto or cpu or cuda"
    assert table.loc["law_test_utterances", "allowed"] == "0 or more"
    assert table["meaning"].is_unique


# numbers that no run would want to change, by module
NO_BUDGET = {
    "innvestigate": {"STABILISER"},  # the library's
    "planted_law": {"ACCENT_SEMITONES", "TONE_SEMITONES", "NUCLEUS_SEMITONES", "LAW"},
    "published": {"TEST_UTTERANCES", "PUBLISHED", "PUBLISHED_ERRORS", "TIE"},
    "randomisation": {"OTHER_SEED"},
    "ranking_intervals": {"FORMAT", "BLOCK"},  # bounds memory
    "three_neurons": {*("ANSWERS", "HIDDEN_WEIGHT", "WEIGHTS")},
}
BUDGET_NAMES = {
    *("draws", "epochs", "inner_points", "noise_semitones", "permutations", "resamples", "steps"),
    *("at_most", "count", "each"),
}


def numbers_in(node):
    return [
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and type(part.value) in (int, float)
    ]


@pytest.mark.parametrize(
    "path", sorted(Path(intonation.evaluation.__path__[0]).glob("*.py")), ids=lambda path: path.stem
)
def test_no_module_of_the_evaluation_fixes_a_budget(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        name.id
        for statement in tree.body
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and numbers_in(statement.value)
        for target in getattr(statement, "targets", [getattr(statement, "target", None)])
        for name in ast.walk(target)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    assert constants == NO_BUDGET.get(path.stem, set())
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            known = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
            fixed = {arg.arg for arg, value in known if value and numbers_in(value)}
            assert not fixed & BUDGET_NAMES, function.name


def read_by(*functions):
    source = "\n".join(inspect.getsource(function) for function in functions)
    return set(re.findall(r"\bparameters\.(\w+)", source))


# what trains with the parameters it is given whole, and reads
TRAINED = {"seed", "kernel_size", "weight_decay"}
STOPPED = {"target", "causal", "patience", "min_delta", "device", "cpu_count"}
GIVEN_WHOLE = {
    "sanity.training_parameters": TRAINED
    | STOPPED
    | {"stacks"}
    | read_by(randomisation.training_parameters, small_parameters),
    "train_seeds": TRAINED
    | STOPPED
    | {"dropout", "input_dropout"}
    | read_by(stability.train_seeds, stability.training_parameters, small_parameters),
    "recipes": TRAINED
    | {"dropout", "input_dropout", "small_hidden_size"}
    | read_by(recovery.recipes, recovery.phone_network, recovery.sparse_recipe),
    "sparse_recipe": TRAINED
    | {"small_hidden_size"}
    | read_by(recovery.phone_network, recovery.sparse_recipe),
    "held_networks": TRAINED
    | {"small_hidden_size"}
    | read_by(recovery.phone_network, held.held_networks),
    "LawTrial": {"dropout", "input_dropout", "small_hidden_size"}
    | TRAINED
    | read_by(recovery.phone_network, marking.mark_laws, marking.rankings),
}


@pytest.mark.parametrize(
    "path",
    sorted((Path(__file__).parents[1] / "notebooks").glob("*.py")),
    ids=lambda path: path.stem,
)
def test_a_chapter_names_every_parameter_that_it_uses(path):
    """One that it does not name has its default there, whatever the profile."""
    text = path.read_text(encoding="utf-8")
    (cell,) = re.findall(r'^# %% tags=\["parameters"\]\n(.*?)^# %%', text, flags=re.M | re.S)
    named = set(re.findall(r"^(\w+) = ", cell, flags=re.M))
    used = set(re.findall(r"\bchosen\.(\w+)", text))
    for call, read in GIVEN_WHOLE.items():
        if f"{call}(" in text:
            used |= read
    assert used <= named


# --- a chapter's parameters cell ------------------------------------------------------------------


def test_a_chapters_names_become_parameters():
    names = {
        "run_folder": "build/default",
        "source": "",
        "epochs": 3,
        "causal": False,
        "_i1": "epochs = 3",
        "__name__": "__main__",
        "Path": object,
        "In": ["", "epochs = 3"],
    }
    assert from_notebook(names) == Parameters(epochs=3, causal=False)


def test_a_misspelt_name_in_a_chapter_is_an_error():
    with pytest.raises(ParameterError, match="'epohcs' is unknown; did you mean epochs"):
        from_notebook({"run_folder": "x", "epohcs": 3})
