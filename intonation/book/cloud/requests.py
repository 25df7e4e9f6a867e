"""Requests to SageMaker as plain records, for `boto3.client("sagemaker")` or any other client.

    client.create_training_job(**training_job("intonation-1", image=…, role=…, corpus=…, output=…))

Nothing here calls anybody. Images, roles and buckets are the caller's; hyperparameters are checked
before a machine is paid for.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from intonation.book.cloud.hyperparameters import as_text, check_hyperparameters
from intonation.book.cloud.losses import PATTERNS
from intonation.book.cloud.places import CHANNEL, Places
from intonation.errors import ParameterError

HOUR_S = 3600
SERVED = "serve"  # name of the only variant behind an endpoint


def training_job(
    name: str,
    *,
    image: str,
    role: str,
    corpus: str,
    output: str,
    checkpoints: str = "",
    hyperparameters: Mapping[str, Any] | None = None,
    instance_type: str = "ml.g5.xlarge",
    instances: int = 1,
    volume_gb: int = 100,
    hours: int = 24,
    spot_hours: int = 0,
) -> dict[str, Any]:
    """Of CreateTrainingJob.

    corpus, output, checkpoints: s3:// addresses. hours: of training, at most. spot_hours: of
    training and of waiting for spare machines, at most; 0 for machines that nobody takes away.
    Raises ParameterError for a wrong hyperparameter, and for spot machines without checkpoints.
    """
    given = dict(hyperparameters or {})
    check_hyperparameters(given, f"training job {name}")
    if spot_hours and (not checkpoints or spot_hours < hours):
        raise ParameterError(
            f"training job {name}: spot_hours is {spot_hours}, expected {hours} (hours) or more, "
            "and an s3:// address of checkpoints, or each interruption starts anew; change them"
        )
    stopping = {"MaxRuntimeInSeconds": hours * HOUR_S}
    request = {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": image,
            "TrainingInputMode": "File",
            "MetricDefinitions": metric_definitions(),
        },
        "RoleArn": role,
        "HyperParameters": {key: as_text(value) for key, value in given.items()},
        "InputDataConfig": [{"ChannelName": CHANNEL, "DataSource": _replicated(corpus)}],
        "OutputDataConfig": {"S3OutputPath": output},
        "ResourceConfig": _machines(instance_type, instances, volume_gb),
        "StoppingCondition": stopping,
        "EnableManagedSpotTraining": bool(spot_hours),
    }
    if spot_hours:
        stopping["MaxWaitTimeInSeconds"] = spot_hours * HOUR_S
    if checkpoints:
        local = str(Places().checkpoints)
        request["CheckpointConfig"] = {"S3Uri": checkpoints, "LocalPath": local}
    return request


def processing_job(
    name: str,
    *,
    image: str,
    role: str,
    corpus: str,
    output: str,
    model: str = "",
    arguments: Sequence[str] = (),
    instance_type: str = "ml.m5.4xlarge",
    volume_gb: int = 100,
    hours: int = 24,
) -> dict[str, Any]:
    """Of CreateProcessingJob, which makes the book; arguments: of the image's command `book`.

    model: s3:// address of a training job's model.tar.gz, whose weights are then not trained again.
    """
    brought = {"corpus": (corpus, Places().to_process)}
    brought |= {"model": (model, Places().trained)} if model else {}
    processed = {
        "S3Uri": output,
        "LocalPath": str(Places().processed),
        "S3UploadMode": "EndOfJob",
    }
    command = {"ContainerArguments": list(arguments)} if arguments else {}
    return {
        "ProcessingJobName": name,
        "AppSpecification": {"ImageUri": image, "ContainerEntrypoint": ["book"], **command},
        "RoleArn": role,
        "ProcessingInputs": [
            {"InputName": what, "S3Input": _brought(address, str(place))}
            for what, (address, place) in brought.items()
        ],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "book", "S3Output": processed}]},
        "ProcessingResources": {"ClusterConfig": _machines(instance_type, 1, volume_gb)},
        "StoppingCondition": {"MaxRuntimeInSeconds": hours * HOUR_S},
    }


def model(name: str, *, image: str, role: str, data: str) -> dict[str, Any]:
    """Of CreateModel; data: s3:// address of a training job's model.tar.gz."""
    container = {"Image": image, "ModelDataUrl": data}
    return {"ModelName": name, "PrimaryContainer": container, "ExecutionRoleArn": role}


def endpoint_config(
    name: str, *, model: str, instance_type: str = "ml.c5.xlarge", instances: int = 1
) -> dict[str, Any]:
    """Of CreateEndpointConfig, for the service; model: its name."""
    variant = {
        "VariantName": SERVED,
        "ModelName": model,
        "InstanceType": instance_type,
        "InitialInstanceCount": instances,
    }
    return {"EndpointConfigName": name, "ProductionVariants": [variant]}


def metric_definitions() -> list[dict[str, str]]:
    """Names of the metrics of a training job, and the patterns that find them in its log."""
    return [{"Name": name, "Regex": pattern} for name, pattern in PATTERNS.items()]


def _machines(instance_type: str, count: int, volume_gb: int) -> dict[str, Any]:
    return {"InstanceType": instance_type, "InstanceCount": count, "VolumeSizeInGB": volume_gb}


def _replicated(address: str) -> dict[str, Any]:
    """Everything on every host, for each of them prepares the whole corpus."""
    return {
        "S3DataSource": {
            "S3DataType": "S3Prefix",
            "S3Uri": address,
            "S3DataDistributionType": "FullyReplicated",
        }
    }


def _brought(address: str, folder: str) -> dict[str, str]:
    kinds = {"S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"S3Uri": address, "LocalPath": folder, **kinds}
