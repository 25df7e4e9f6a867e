"""Parameters of a run: defaults, profiles, and every way to get them wrong."""

import dataclasses

import pytest

from intonation.errors import ParameterError
from intonation.parameters import (
    PROFILES,
    RANGES,
    Parameters,
    from_notebook,
    parameters,
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
