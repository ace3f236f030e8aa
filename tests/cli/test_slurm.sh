# SPDX-License-Identifier: MIT
# samples/ci/slurm on a real Slurm: one node, its daemons on ports of their own.
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/matrix.sh"
PATH=$PATH:/usr/sbin
for program in munged slurmctld slurmd sbatch; do
    command -v $program >/dev/null || skip "$program is missing"
done
[ "$(id -u)" = 0 ] || skip "Slurm's daemons need root"

folder='' daemons=''
# Not before the last of them is gone: munged leaves its seed when it ends.
stop() {
    # shellcheck disable=SC2086
    [ -z "$daemons" ] || kill $daemons 2>/dev/null || true
    wait
    [ -z "$folder" ] || rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM
# wait_for SECONDS WHAT COMMAND...
wait_for() {
    seconds=$1 what=$2
    shift 2
    for _ in $(seq $((seconds * 10))); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    tail -n 20 ./*.log || true
    fail "no $what after $seconds seconds"
}

# Sockets have short names only.
folder=$(mktemp -d /tmp/slurm-XXXXXX)
chmod 755 "$folder"
head -c 1024 /dev/urandom >"$folder/munge.key"
chmod 600 "$folder/munge.key"
munged --foreground --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
    --pid-file="$PWD/munged.pid" --log-file="$PWD/munged.log" \
    --seed-file="$folder/munge.seed" 2>munged.err &
daemons=$!
wait_for 30 "socket of munged" test -S "$folder/munge.socket"
mkdir state spool
port=$((21000 + $$ % 20000))
cat >slurm.conf <<-CONF
	ClusterName=dfota
	SlurmctldHost=$(hostname)(127.0.0.1)
	SlurmUser=root
	SlurmctldPort=$port
	SlurmdPort=$((port + 1))
	AuthType=auth/munge
	AuthInfo=socket=$folder/munge.socket
	CredType=cred/munge
	StateSaveLocation=$PWD/state
	SlurmdSpoolDir=$PWD/spool
	SlurmctldPidFile=$PWD/slurmctld.pid
	SlurmdPidFile=$PWD/slurmd.pid
	ProctrackType=proctrack/pgid
	TaskPlugin=task/none
	SwitchType=switch/none
	MpiDefault=none
	ReturnToService=2
	SelectType=select/cons_tres
	SelectTypeParameters=CR_CPU
	SchedulerParameters=sched_interval=1,batch_sched_delay=0
	SlurmdParameters=config_overrides
	NodeName=node1 NodeHostname=$(hostname) NodeAddr=127.0.0.1 CPUs=3 RealMemory=8192
	PartitionName=all Nodes=node1 Default=YES State=UP
CONF
export SLURM_CONF="$PWD/slurm.conf"
slurmctld -D -f slurm.conf >slurmctld.log 2>&1 &
daemons="$daemons $!"
slurmd -D -N node1 -f slurm.conf >slurmd.log 2>&1 &
daemons="$daemons $!"
is_ready() {
    sinfo -h -o %T | grep -q idle
}
wait_for 60 "idle node" is_ready

# --- The sample --------------------------------------------------------------

releases 6
export MKDFOTA
run 0 matrix list.json -qo plain
"$SOURCE/samples/ci/slurm/submit.sh" list.json built 4 >out 2>&1 ||
    fail "submit.sh: $(cat out built/*.log)"
same_packages plain built/packages
for shard in 1 2 3 4; do
    is built/shard-$shard/index.json 'j["shard"]' "$shard/4"
    is built/shard-$shard/index.json \
        'len([p for p in j["pairs"] if p["state"] == "built"]) > 0' True
done

# Again with fewer shards: what is there is used, the others are gone.
"$SOURCE/samples/ci/slurm/submit.sh" list.json built 2 >out 2>&1 ||
    fail "submit.sh: $(cat out built/*.log)"
same_packages plain built/packages
absent built/shard-3

# A package that is too large makes the whole fail, and is named.
status=0
MAX_SIZE=150 "$SOURCE/samples/ci/slurm/submit.sh" list.json large 2 \
    >out 2>&1 || status=$?
[ $status = 1 ] || fail "too large: status $status: $(cat out)"
cat large/dfota-merge-*.log >log
has log '^too large: 1.0 to 6.0: .* limit 150$'
"$SOURCE/samples/ci/slurm/submit.sh" list.json 2>out && fail "no usage"
has out Usage

# A task that is lost: the merge names its packages, the next run makes them.
cat >lossy <<-LOSSY
	#!/bin/sh
	[ "\${SLURM_ARRAY_TASK_ID:-}" != 2 ] || kill -KILL \$\$
	exec "$MKDFOTA" "\$@"
LOSSY
chmod +x lossy
status=0
MKDFOTA=$PWD/lossy "$SOURCE/samples/ci/slurm/submit.sh" list.json lost 3 \
    >out 2>&1 || status=$?
[ $status = 1 ] || fail "a lost task: status $status: $(cat out)"
cat lost/dfota-merge-*.log >log
has log '^of 3 shards 2 have left something$'
{
    sed -n 's/^missing: \(.*\) to \(.*\): in no output$/\1_to_\2.dfota/p' log
    (cd lost/packages && ls ./*.dfota) | sed 's#^\./##'
} | sort >names-found
(cd plain && ls ./*.dfota) | sed 's#^\./##' | sort >names-expected
same names-expected names-found
has log '^missing: '
rm lost/*.log
"$SOURCE/samples/ci/slurm/submit.sh" list.json lost 3 >out 2>&1 ||
    fail "after a lost task: $(cat out lost/*.log)"
same_packages plain lost/packages
for shard in 1 3; do
    cat lost/dfota-packages-*-$shard.log >log
    has log ': 0 packages built, 0 cached, [1-9][0-9]* kept'
done
