#!/bin/sh
# Submit one job to AWS Batch and print its id:  submit.sh SCRIPT
# What it asks for stands in the script's second line, as JSON, where Snakemake writes it.
set -eu
: "${INTONATION_QUEUE:?name the job queue of AWS Batch}" "${INTONATION_JOB:?name the job definition}"

asked() { sed -n "2s/.*\"$1\": \([0-9][0-9]*\).*/\1/p" "$SCRIPT"; }

SCRIPT=$1
GPUS=$(asked gpu)
aws batch submit-job --query jobId --output text --cli-input-json "{
  \"jobName\": \"intonation\",
  \"jobQueue\": \"$INTONATION_QUEUE\",
  \"jobDefinition\": \"$INTONATION_JOB\",
  \"timeout\": {\"attemptDurationSeconds\": $(($(asked runtime) * 60))},
  \"containerOverrides\": {
    \"command\": [\"sh\", \"$SCRIPT\"],
    \"resourceRequirements\": [
      ${GPUS:+{\"type\": \"GPU\", \"value\": \"$GPUS\"\},}
      {\"type\": \"VCPU\", \"value\": \"$(asked threads)\"},
      {\"type\": \"MEMORY\", \"value\": \"$(asked mem_mb)\"}
    ]
  }
}"
