"""What SageMaker tells a job: hyperparameters and hosts, right, wrong and at random."""

import json
import math
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intonation.book.cloud.hosts import Hosts, read_hosts
from intonation.book.cloud.hyperparameters import (
    Hyperparameters,
    check_hyperparameters,
    read_hyperparameters,
)
from intonation.errors import ParameterError
from intonation.parameters import Parameters

FUZZ_EXAMPLES = int(os.environ.get("INTONATION_FUZZ", "200"))
STUDY = {
    "epochs": "200",
    "learning_rate": "0.002",
    "num_layers": "6",
    "hidden_size": "32",
    "dropout": "0.3",
    "batch_size": "16",
    "dataset_size_limit": "false",
    "cpu_count": "4",
    "gpu_count": "0",
}


def write(folder, content):
    path = folder / "given.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def test_the_study_s_hyperparameters_are_ours(tmp_path):
    chosen = read_hyperparameters(write(tmp_path, STUDY)).parameters()
    assert (chosen.epochs, chosen.learning_rate, chosen.num_layers) == (200, 0.002, 6)
    assert (chosen.hidden_size, chosen.dropout, chosen.batch_size) == (32, 0.3, 16)
    assert (chosen.dataset_size_limit, chosen.cpu_count, chosen.device) == (0, 4, "cpu")
    assert chosen.patience == 20, "a job is asked for the profile full"


@pytest.mark.parametrize("limit, expected", [("false", 0), ("False", 0), ("40", 40), (False, 0)])
def test_a_limit_of_the_data_set(limit, expected):
    asked = check_hyperparameters({"dataset_size_limit": limit}, "f")
    assert asked.parameters().dataset_size_limit == expected


def test_names_of_ours_and_numbers_written_by_hand():
    values = {"target": "log_f0", "causal": False, "seed": 3, "profile": "smoke", "dropout": 0.5}
    chosen = check_hyperparameters(values, "f").parameters()
    assert (chosen.target, chosen.causal, chosen.seed, chosen.dropout) == ("log_f0", False, 3, 0.5)
    assert chosen.epochs == 2


def test_what_an_sdk_adds_for_its_own_containers_is_left_out():
    given = {"sagemaker_program": '"train.py"', "sagemaker_region": '"x"'}
    assert check_hyperparameters(given, "f") == Hyperparameters()


def test_several_gpus_are_devices_of_a_machine():
    asked = check_hyperparameters({"gpu_count": "8"}, "f")
    assert asked.gpus == 8 and asked.assignments == ("devices=8",)
    one = check_hyperparameters({"gpu_count": "1"}, "f")
    assert one.gpus == 1 and one.assignments == ()


def test_without_a_file_nothing_is_asked(tmp_path):
    assert read_hyperparameters(tmp_path / "none.json") == Hyperparameters()
    assert read_hosts(tmp_path / "none.json") == Hosts()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("epochs", "many", "hyperparameter epochs is 'many', expected int; change it"),
        ("epochs", "2.5", "hyperparameter epochs is '2.5', expected int; change it"),
        ("epochs", "0", "hyperparameter epochs is 0, expected 1 to 10000; change it"),
        ("learning_rate", "NaN", "hyperparameter learning_rate is nan, expected 1e-07 to 1.0"),
        ("learning_rate", "inf", "hyperparameter learning_rate is inf, expected 1e-07 to 1.0"),
        ("learning_rate", math.nan, "hyperparameter learning_rate is nan, expected 1e-07 to 1.0"),
        ("dropout", "-0.1", "hyperparameter dropout is -0.1, expected 0.0 to 0.95"),
        ("num_layers", "", "hyperparameter num_layers is '', expected int"),
        ("hidden_size", None, "hyperparameter hidden_size is a NoneType, expected a text or a"),
        ("batch_size", [8], "hyperparameter batch_size is a list, expected a text or a number"),
        ("dataset_size_limit", "no", "hyperparameter dataset_size_limit is 'no', expected int"),
        ("cpu_count", "4.0", "hyperparameter cpu_count is '4.0', expected int"),
        ("gpu_count", "-1", "hyperparameter gpu_count is '-1', expected a number of GPUs, 0 for"),
        ("causal", "yes", "hyperparameter causal is 'yes', expected bool"),
        ("profile", "big", "hyperparameter profile is 'big', expected one of smoke, default, full"),
        ("target", "pitch", "hyperparameter target is 'pitch', expected one of semitones, log_f0"),
        ("epocs", "3", "hyperparameter 'epocs' is unknown; did you mean epochs?"),
        ("seed", "1" * 300, "hyperparameter seed is 300 characters long, expected 256 at most"),
    ],
)
def test_a_wrong_one_is_named_with_what_was_expected_and_found(tmp_path, name, value, told):
    path = write(tmp_path, {**STUDY, name: value})
    with pytest.raises(ParameterError) as error:
        read_hyperparameters(path)
    assert str(error.value).startswith(f"{path}: {told}")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is no JSON"),
        (b"{'epochs': 3}", "is no JSON"),
        (b"\xff\xfe{}", "is no JSON"),
        (b"[" * 200_000, "is no JSON"),
        (b"[]", "holds a list, expected an object in braces; write it again"),
    ],
)
def test_a_file_that_is_no_configuration(tmp_path, content, told):
    path = write(tmp_path, content)
    for read in (read_hyperparameters, read_hosts):
        with pytest.raises(ParameterError, match="given.json") as error:
            read(path)
        assert told in str(error.value)


# --- hosts ----------------------------------------------------------------------------------------

TWO = {
    "current_host": "algo-2",
    "current_instance_type": "ml.g5.48xlarge",
    "hosts": ["algo-2", "algo-1"],
    "network_interface_name": "eth0",
}


def test_two_hosts_know_each_other(tmp_path):
    hosts = read_hosts(write(tmp_path, TWO))
    assert hosts == Hosts(("algo-1", "algo-2"), 1, "eth0") and hosts.several
    assert hosts.environment() == {"NCCL_SOCKET_IFNAME": "eth0", "GLOO_SOCKET_IFNAME": "eth0"}
    assert hosts.options()[:4] == ["--nnodes", "2", "--node-rank", "1"]
    first = read_hosts(write(tmp_path, {**TWO, "current_host": "algo-1"}))
    assert first.own == 0 and first.options()[4:] == hosts.options()[4:], "all call the first"


def test_ranks_differ_however_the_hosts_are_listed(tmp_path):
    names = [f"algo-{n}" for n in range(1, 13)]
    ranks = [
        read_hosts(write(tmp_path, {"hosts": names[n:] + names[:n], "current_host": name})).own
        for n, name in enumerate(names)
    ]
    assert sorted(ranks) == list(range(12))


def test_a_single_host_needs_no_other(tmp_path):
    hosts = read_hosts(write(tmp_path, {**TWO, "hosts": ["algo-2"]}))
    assert not hosts.several and hosts.own == 0 and hosts.environment() == {}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"hosts": []}, "hosts is [], expected a list of host names"),
        ({"hosts": "algo-1"}, "hosts is 'algo-1', expected a list of host names"),
        ({"hosts": ["algo-1", 2]}, "hosts is ['algo-1', 2], expected a list of host names"),
        ({"hosts": ["-x", "algo-2"]}, "hosts is ['-x', 'algo-2'], expected a list of host names"),
        ({"hosts": ["algo-2", "algo-2"]}, "hosts is ['algo-2', 'algo-2'], expected names that"),
        ({"current_host": "algo-3"}, "current_host is 'algo-3', expected one of algo-2, algo-1"),
        ({"current_host": None}, "current_host is None, expected one of algo-2, algo-1"),
        ({"network_interface_name": 3}, "network_interface_name is 3, expected a name such as"),
    ],
)
def test_hosts_that_cannot_be(tmp_path, changed, told):
    path = write(tmp_path, {**TWO, **changed})
    with pytest.raises(ParameterError) as error:
        read_hosts(path)
    assert str(error.value).startswith(f"{path}: {told}")
    assert "on a machine of your own leave it out" in str(error.value)


# --- at random ------------------------------------------------------------------------------------

NAMES = st.sampled_from([*STUDY, "profile", "target", "causal", "seed", "precision"]) | st.text()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
TEXTS = st.text() | st.integers().map(str) | st.floats().map(str)
HOST_KEYS = st.sampled_from(["hosts", "current_host", "network_interface_name"])
HOST_NAMES = st.sampled_from(["algo-1", "algo-2", ""])
CONTENTS = st.one_of(
    st.binary(),
    st.dictionaries(NAMES, TEXTS, max_size=4),
    st.dictionaries(HOST_KEYS, HOST_NAMES | st.lists(HOST_NAMES, max_size=3) | JSON),
    JSON,
)


@settings(max_examples=FUZZ_EXAMPLES, deadline=None)
@given(CONTENTS)
def test_any_bytes_are_a_configuration_or_a_parameter_error(tmp_path_factory, content):
    path = write(tmp_path_factory.getbasetemp(), content)
    try:
        assert isinstance(read_hyperparameters(path).assignments, tuple)
    except ParameterError as error:
        assert str(error).startswith(str(path)) and len(str(error)) < 10_000
    try:
        hosts = read_hosts(path)
        assert 0 <= hosts.own < len(hosts.names)
    except ParameterError as error:
        assert str(error).startswith(str(path)) and len(str(error)) < 10_000


@settings(max_examples=FUZZ_EXAMPLES, deadline=None)
@given(st.dictionaries(st.sampled_from(list(STUDY)[:8]), TEXTS, min_size=1))
def test_what_is_let_through_makes_parameters(given):
    try:
        asked = check_hyperparameters(given, "f")
    except ParameterError:
        return
    assert isinstance(asked.parameters(), Parameters)
