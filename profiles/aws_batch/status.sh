#!/bin/sh
# Print what Snakemake wants to hear of a job:  status.sh ID
set -eu
case $(aws batch describe-jobs --query 'jobs[0].status' --output text --jobs "$1") in
SUCCEEDED) echo success ;;
FAILED) echo failed ;;
*) echo running ;;
esac
