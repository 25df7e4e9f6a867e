"""Requests to SageMaker against the model of the service in botocore: nobody is called."""

import ast
import re
import sys
from pathlib import Path
from types import ModuleType

import botocore.session
import pytest
from botocore.stub import Stubber
from botocore.validate import ParamValidator

from intonation.book.cloud import requests
from intonation.book.cloud.hyperparameters import check_hyperparameters
from intonation.errors import ParameterError

PAGE = Path(__file__).resolve().parents[2] / "book" / "cloud.md"
SERVICE = botocore.session.get_session().get_service_model("sagemaker")
ACCOUNT = "1" * 12
VALUES = {
    "IMAGE": "registry.example/intonation:1",
    "ROLE": f"arn:aws:iam::{ACCOUNT}:role/training",
    "BUCKET": "s3://a-bucket",
}
WHERE = {"image": VALUES["IMAGE"], "role": VALUES["ROLE"]}
STORED = {"corpus": "s3://a-bucket/corpus", "output": "s3://a-bucket/models"}
TRAINING = requests.training_job(
    "intonation-1",
    **{**WHERE, **STORED, "checkpoints": "s3://a-bucket/checkpoints"},
    hyperparameters={"epochs": 200, "dataset_size_limit": False, "learning_rate": 1e-3},
    **{"instance_type": "ml.g5.48xlarge", "instances": 2, "hours": 10, "spot_hours": 30},
)
REQUESTS = {
    "CreateTrainingJob": TRAINING,
    "CreateProcessingJob": requests.processing_job(
        "intonation-book",
        **{**WHERE, **STORED, "model": "s3://a-bucket/models/model.tar.gz"},
        arguments=["--profile", "default"],
    ),
    "CreateModel": requests.model("intonation", **WHERE, data="s3://a-bucket/model.tar.gz"),
    "CreateEndpointConfig": requests.endpoint_config("intonation", model="intonation"),
}


# --- what the service would say -------------------------------------------------------------------


def objections(operation, request):
    """What is wrong with a request: names and types, as botocore tells; patterns, choices and
    ranges, which botocore leaves to the service."""
    shape = SERVICE.operation_model(operation).input_shape
    report = ParamValidator().validate(request, shape)
    told = [report.generate_report()] if report.has_errors() else []
    return told or list(_values(request, shape, operation))


def _values(value, shape, where):
    if shape.type_name == "structure":
        for name, part in value.items():
            yield from _values(part, shape.members[name], f"{where}.{name}")
    elif shape.type_name == "list":
        yield from _ranged(len(value), shape, where)
        for part in value:
            yield from _values(part, shape.member, where)
    elif shape.type_name == "map":
        yield from _ranged(len(value), shape, where)
        for name, part in value.items():
            yield from _values(name, shape.key, where)
            yield from _values(part, shape.value, f"{where}.{name}")
    elif shape.type_name == "string":
        yield from _ranged(len(value), shape, where)
        pattern = shape.metadata.get("pattern")
        if pattern and "\\p{" not in pattern and not re.fullmatch(pattern, value):
            yield f"{where} is {value}, expected {pattern}"
        if shape.enum and value not in shape.enum:
            yield f"{where} is {value}, not among its choices"
    elif shape.type_name == "integer":
        yield from _ranged(value, shape, where)


def _ranged(value, shape, where):
    low, high = (shape.metadata.get(name) for name in ("min", "max"))
    if (low is not None and value < low) or (high is not None and value > high):
        yield f"{where} is {value}, expected {low} to {high}"


@pytest.mark.parametrize("operation", REQUESTS)
def test_the_service_takes_our_requests(operation):
    assert objections(operation, REQUESTS[operation]) == []


@pytest.mark.parametrize(
    ("operation", "name", "value", "told"),
    [
        ("CreateTrainingJob", "RoleArn", None, "Missing required parameter"),
        ("CreateTrainingJob", "RoleArn", "a role for the training", "expected arn"),
        ("CreateTrainingJob", "Epochs", "3", "Unknown parameter"),
        ("CreateTrainingJob", "TrainingJobName", "an underscore_", "expected [a-zA-Z0-9]"),
        ("CreateTrainingJob", "HyperParameters", {"epochs": 3}, "Invalid type"),
        ("CreateTrainingJob", "HyperParameters", {"epochs": "3" * 2501}, "expected 0 to 2500"),
        ("CreateTrainingJob", "ResourceConfig", {"InstanceType": "ml.big"}, "not among"),
        ("CreateProcessingJob", "ProcessingResources", {}, "Missing required parameter"),
        ("CreateModel", "ModelName", "", "expected"),
        ("CreateEndpointConfig", "ProductionVariants", [], "Invalid length"),
    ],
)
def test_the_service_would_refuse_wrong_ones(operation, name, value, told):
    wrong = {**REQUESTS[operation], name: value}
    if value is None:
        del wrong[name]
    assert told in " ".join(objections(operation, wrong))


def test_a_training_job_is_what_the_study_s_was():
    algorithm = TRAINING["AlgorithmSpecification"]
    assert algorithm["TrainingImage"] == VALUES["IMAGE"]
    assert {"Name": "train_loss", "Regex": "LOSS: (.*?);"} in algorithm["MetricDefinitions"]
    given = TRAINING["HyperParameters"]
    assert given == {"epochs": "200", "dataset_size_limit": "false", "learning_rate": "0.001"}
    assert TRAINING["InputDataConfig"][0]["ChannelName"] == "training"


def test_spot_machines_need_checkpoints_and_time_to_wait():
    assert TRAINING["EnableManagedSpotTraining"] is True
    assert TRAINING["StoppingCondition"]["MaxWaitTimeInSeconds"] == 30 * 3600
    assert TRAINING["CheckpointConfig"]["LocalPath"] == "/opt/ml/checkpoints"
    for more in ({"spot_hours": 30}, {"spot_hours": 3, "checkpoints": "s3://b/c"}):
        with pytest.raises(ParameterError, match="expected 24 .hours. or more, and an s3://"):
            requests.training_job("a", **WHERE, **STORED, **more)
    steady = requests.training_job("a", **WHERE, **STORED)
    assert steady["EnableManagedSpotTraining"] is False and "CheckpointConfig" not in steady
    assert objections("CreateTrainingJob", steady) == []


def test_a_wrong_hyperparameter_is_refused_before_a_machine_is_paid_for():
    with pytest.raises(ParameterError, match="hyperparameter 'epocs' is unknown; did you mean"):
        requests.training_job("a", **WHERE, **STORED, hyperparameters={"epocs": 3})


# --- what the page shows --------------------------------------------------------------------------


def blocks(word):
    """Blocks of Python on the page that hold a word."""
    found = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    return [block for block in found if word in block]


@pytest.fixture
def client():
    """A client that answers every request as the service would, if it finds it to be right."""
    secrets = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
    real = botocore.session.get_session().create_client("sagemaker", "eu-west-1", **secrets)
    with Stubber(real) as stubber:
        yield real, stubber


def arn(kind):
    return f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:{kind}/x"


def executed(block, client, monkeypatch):
    """Execute a block of the page; the requests that it made."""
    real, made = client, []
    real.meta.events.register(
        "provide-client-params.sagemaker", lambda params, model, **_: made.append((model, params))
    )
    boto3 = ModuleType("boto3")
    boto3.client = lambda name: real if name == "sagemaker" else pytest.fail(name)
    monkeypatch.setitem(sys.modules, "boto3", boto3)
    names = dict(VALUES)
    exec(compile(block, str(PAGE), "exec"), names)
    return [(model.name, params) for model, params in made]


def page_requests(word, client, monkeypatch, **answers):
    real, stubber = client
    for method, answer in answers.items():
        stubber.add_response(method, answer)
    [block] = blocks(word)
    made = executed(block, real, monkeypatch)
    stubber.assert_no_pending_responses()
    for operation, request in made:
        assert objections(operation, request) == []
    return dict(made)


def test_the_page_s_training_job_is_taken(client, monkeypatch):
    answer = {"TrainingJobArn": arn("training-job")}
    made = page_requests("import training_job", client, monkeypatch, create_training_job=answer)
    assert made["CreateTrainingJob"]["HyperParameters"]["dataset_size_limit"] == "false"


def test_the_page_s_processing_job_is_taken(client, monkeypatch):
    answer = {"ProcessingJobArn": arn("processing-job")}
    page_requests("import processing_job", client, monkeypatch, create_processing_job=answer)


def test_the_page_s_endpoint_is_taken(client, monkeypatch):
    page_requests(
        *("import endpoint_config", client, monkeypatch),
        create_model={"ModelArn": arn("model")},
        create_endpoint_config={"EndpointConfigArn": arn("endpoint-config")},
        create_endpoint={"EndpointArn": arn("endpoint")},
    )


class Given(dict):
    """What one of the SDK's configurations was made with."""


def sdk(monkeypatch, trained):
    """Stand-ins for what the page imports of the SDK; they only keep what they are given."""

    class ModelTrainer(Given):
        def with_metric_definitions(self, definitions):
            self["metric_definitions"] = definitions
            return self

        def train(self, **more):
            trained.append({**self, **more})

    train, core = ModuleType("sagemaker.train"), ModuleType("sagemaker.core.training.configs")
    train.ModelTrainer = ModelTrainer
    for name in CONFIGURATIONS:
        setattr(core, name, Given)
    for name in ("sagemaker", "sagemaker.core", "sagemaker.core.training"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "sagemaker.train", train)
    monkeypatch.setitem(sys.modules, "sagemaker.core.training.configs", core)


CONFIGURATIONS = (
    *("CheckpointConfig", "Compute", "InputData", "MetricDefinition", "OutputDataConfig"),
    "StoppingCondition",
)


def as_request(trained):
    """The request that the SDK makes of what a trainer was given; as 3.27 does it."""
    compute = dict(trained["compute"])
    stopping, storage = trained["stopping_condition"], trained["checkpoint_config"]
    [channel] = trained["input_data_config"]
    whole = {"S3DataType": "S3Prefix", "S3DataDistributionType": "FullyReplicated"}
    return {
        "AlgorithmSpecification": {
            "TrainingImage": trained["training_image"],
            "TrainingInputMode": "File",
            "MetricDefinitions": [
                {"Name": one["name"], "Regex": one["regex"]}
                for one in trained["metric_definitions"]
            ],
        },
        "RoleArn": trained["role"],
        "HyperParameters": {k: as_sent(v) for k, v in trained["hyperparameters"].items()},
        "InputDataConfig": [
            {
                "ChannelName": channel["channel_name"],
                "DataSource": {"S3DataSource": {"S3Uri": channel["data_source"], **whole}},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": trained["output_data_config"]["s3_output_path"]},
        "EnableManagedSpotTraining": compute.pop("enable_managed_spot_training"),
        "ResourceConfig": {
            "InstanceType": compute.pop("instance_type"),
            "InstanceCount": compute.pop("instance_count"),
            "VolumeSizeInGB": compute.pop("volume_size_in_gb"),
            **compute,
        },
        "StoppingCondition": {
            "MaxRuntimeInSeconds": stopping["max_runtime_in_seconds"],
            "MaxWaitTimeInSeconds": stopping["max_wait_time_in_seconds"],
        },
        "CheckpointConfig": {"S3Uri": storage["s3_uri"], "LocalPath": "/opt/ml/checkpoints"},
    }


def as_sent(value):
    return value if isinstance(value, str) else str(value).lower()


def test_the_page_s_call_of_the_sdk_is_the_same_job(client, monkeypatch):
    answer = {"TrainingJobArn": arn("training-job")}
    ours = page_requests("import training_job", client, monkeypatch, create_training_job=answer)[
        "CreateTrainingJob"
    ]
    trained = []
    sdk(monkeypatch, trained)
    [block] = blocks("import ModelTrainer")
    exec(compile(block, str(PAGE), "exec"), dict(VALUES))
    [given] = trained
    assert given.pop("base_job_name") and ours.pop("TrainingJobName")
    assert as_request(given) == ours
    used = {*KNOWN, "training_image", "role", "metric_definitions"}
    assert set(given) == used, "the SDK is given nothing that is not compared"


KNOWN = {
    *("compute", "stopping_condition", "checkpoint_config", "hyperparameters"),
    *("output_data_config", "input_data_config"),
}


def calls(block):
    """Keyword arguments of the calls in a block: {name called: {argument: its source}}."""
    found = [node for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Call)]
    named = [(ast.unparse(node.func).rpartition(".")[2], node.keywords) for node in found]
    return {name: {k.arg: ast.unparse(k.value) for k in keywords} for name, keywords in named}


def test_every_parameter_of_the_study_s_call_is_accounted_for():
    [block] = blocks("import Estimator")
    page = PAGE.read_text(encoding="utf-8")
    given = set(calls(block)["Estimator"])
    rows = set(re.findall(r"^\| `(\w+)` \|", page, re.M))
    assert len(given) > 10 and given <= rows
    hyperparameters = ast.literal_eval(calls(block)["Estimator"]["hyperparameters"])
    assert set(hyperparameters) <= rows
    assert check_hyperparameters(hyperparameters, "page").gpus == 8


def test_the_sdk_itself_makes_the_same_request(client, monkeypatch):
    """Where it is installed: pip install sagemaker-train==1.27.0."""
    model_trainer = pytest.importorskip("sagemaker.train.model_trainer")
    answer = {"TrainingJobArn": arn("training-job")}
    ours = page_requests("import training_job", client, monkeypatch, create_training_job=answer)[
        "CreateTrainingJob"
    ]
    made, trainer = [], model_trainer.ModelTrainer
    monkeypatch.setattr(trainer, "_populate_intelligent_defaults", lambda self: None)
    defaults = model_trainer.TrainDefaults  # of which two would ask an account
    monkeypatch.setattr(defaults, "get_sagemaker_session", lambda *_, **__: None)
    monkeypatch.setattr(defaults, "get_role", lambda role, **_: role)
    monkeypatch.setattr(
        *(trainer, "train"),
        lambda self, input_data_config: made.append(
            self._create_training_job_args(input_data_config, boto3=True)
        ),
    )
    [block] = blocks("import ModelTrainer")
    exec(compile(block, str(PAGE), "exec"), dict(VALUES))
    [request] = made
    assert request.pop("TrainingJobName") and ours.pop("TrainingJobName")
    # the SDK writes out what the service takes for granted
    assert request["OutputDataConfig"].pop("CompressionType") == "GZIP"
    assert request["InputDataConfig"][0].pop("InputMode") == "File"
    assert {name: value for name, value in request.items() if value} == ours
