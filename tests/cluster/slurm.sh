#!/bin/sh
# A SLURM of one node on this machine, for a test:  slurm.sh start DIR | slurm.sh stop DIR
#
# DIR holds its state and logs. The configuration has to be /etc/slurm/slurm.conf, because SLURM_CONF
# does not reach what a job starts itself; one that is not from here is left alone, and refused.

set -eu
CONF=/etc/slurm/slurm.conf
MARK="# written by tests/cluster/slurm.sh; safe to delete"
DIR=${2:?give a folder for state and logs}

ours() { [ -f "$CONF" ] && head -n 1 "$CONF" | grep -qxF "$MARK"; }

configure() {
    if [ -e "$CONF" ] && ! ours; then
        echo "$CONF belongs to a SLURM of this machine; it is left as it is" >&2
        exit 3
    fi
    mkdir -p "$DIR/state" "$DIR/spool" /etc/slurm
    # more memory than there may be: what is tested is that jobs ask for it
    cat > "$CONF" <<CONFIGURATION
$MARK
ClusterName=test
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
StateSaveLocation=$DIR/state
SlurmdSpoolDir=$DIR/spool
SlurmctldPidFile=$DIR/slurmctld.pid
SlurmdPidFile=$DIR/slurmd.pid
SlurmctldLogFile=$DIR/slurmctld.log
SlurmdLogFile=$DIR/slurmd.log
JobCompType=jobcomp/filetxt
JobCompLoc=$DIR/jobs.txt
NodeName=$(hostname) NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=64000
PartitionName=test Nodes=$(hostname) Default=YES
CONFIGURATION
}

start() {
    configure
    if ! munge -n </dev/null >/dev/null 2>&1; then
        mkdir -p /run/munge /var/log/munge
        chown munge:munge /run/munge /var/log/munge
        setpriv --reuid munge --regid munge --clear-groups /usr/sbin/munged
        touch "$DIR/munged"
    fi
    slurmctld
    slurmd
    for _ in $(seq 30); do
        sinfo --noheader --format %T 2>/dev/null | grep -q idle && return
        sleep 1
    done
    echo "no node came up in 30 seconds; see $DIR/slurmctld.log and $DIR/slurmd.log" >&2
    exit 1
}

end() { # the process whose id is in a file
    [ -f "$1" ] || return 0
    id=$(cat "$1")
    kill "$id" 2>/dev/null || return 0
    for _ in $(seq 20); do
        kill -0 "$id" 2>/dev/null || return 0
        sleep 0.5
    done
    kill -9 "$id" 2>/dev/null || true
}

stop() {
    ours || return 0
    scancel --user root 2>/dev/null || true
    end "$DIR/slurmd.pid"
    end "$DIR/slurmctld.pid"
    if [ -e "$DIR/munged" ]; then
        end /run/munge/munged.pid
        rm "$DIR/munged"
    fi
    rm "$CONF"
}

case $1 in
start) start ;;
stop) stop ;;
*) echo "start or stop, not $1" >&2; exit 2 ;;
esac
