#!/bin/bash
# What runs in a job of SLURM: a command, in a fresh clone that shares the repository's DVC cache.
#
#     job.sh REPOSITORY COMMIT CACHE NAME COMMAND ...
#
# A job that was killed may leave its clone in any state, so each start makes it anew. What it had
# computed is in DVC's run cache, and a training goes on from its resume file.
set -euo pipefail
repository=$1 commit=$2 cache=$3 name=$4
shift 4
tree=$repository/.dvc/tmp/cluster/$commit/$name${SLURM_ARRAY_TASK_ID:+-$SLURM_JOB_ID}
export PATH=$repository/.venv/bin:$PATH
export FER2013_RESUME_DIR=${FER2013_RESUME_DIR:-$repository/.dvc/tmp/cluster/resume}  # on all nodes

# SLURM sends USR1 two minutes before the job's time is up.
run_again() {
  if [ "${SLURM_RESTART_COUNT:-0}" -ge 20 ]; then
    echo "error: out of time, after 20 restarts; raise \`time\` in cluster.yaml." >&2
  else
    echo "out of time; SLURM runs this job again, and a training goes on."
    scontrol requeue "$SLURM_JOB_ID"
  fi
}
trap run_again USR1

# When a node is out of reach, SLURM starts its jobs again elsewhere, though they may still work
# there. Then the second start waits here for the first, and finds its results in the cache.
exec 9>"$tree.lock"
flock 9

# A dvc that is killed while it writes to its run cache leaves what later ones would fail at.
find "$cache/runs" -mindepth 2 \( -name '*.tmp' -o -type d -empty \) -mmin +1 -delete 2>/dev/null || true

rm -rf "$tree"
git="git -c core.hooksPath=/dev/null -c advice.detachedHead=false"  # the user's hooks are not for this
$git clone --quiet --shared --no-checkout "$repository" "$tree"
cd "$tree"
$git checkout --quiet --detach "$commit"
if [ -e "$repository/.dvc/config.local" ]; then cp "$repository/.dvc/config.local" .dvc; fi
dvc cache dir --local "$cache"
dvc checkout --quiet --allow-missing

"$@" &
wait $! || wait $!  # USR1 ends the first one

cd "$repository"
rm -rf "$tree"
touch "$tree.done"
