# Shared by build, up and down: where things live, and how a process is ended.
# shellcheck shell=bash

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
pins="$here/controlplane"
programs=(etcd kube-apiserver kube-controller-manager kubectl)

# One cluster per folder: set QD_CLUSTER_DIR to run several side by side.
state="${QD_CLUSTER_DIR:-${TMPDIR:-/tmp}/quarterdeck-cluster-$(id -u)}"

say() { printf '%s\n' "tests/cluster: $*" >&2; }
# die CODE MESSAGE…
die() {
  local code=$1
  shift
  say "$*"
  exit "$code"
}

# The compiled control plane is kept outside the clone, so that a fresh clone
# with the same pins does not pay the 6-15 minutes again.
bin_dir() {
  local key
  key=$(openssl dgst -sha256 -r "$pins/go.sum") || die 6 "openssl is needed: apt-get install openssl"
  printf '%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}/quarterdeck/controlplane/${key:0:16}"
}

built() {
  local dir=$1 program
  for program in "${programs[@]}"; do
    [ -x "$dir/$program" ] || return 1
  done
}

# A pid alone may have been given to somebody else since: ours have the state
# folder on their command line.
alive() {
  local pid
  pid=$(cat "$state/$1.pid" 2>/dev/null) || return 1
  kill -0 "$pid" 2>/dev/null || return 1
  if [ -r "/proc/$pid/cmdline" ]; then
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$state"
  else
    ps -o args= -p "$pid" | grep -qF -- "$state"
  fi
}

# wait_for SECONDS WHAT COMMAND…: polls ten times a second.
wait_for() {
  local tries=$(($1 * 10)) what=$2
  shift 2
  while ! "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || {
      say "$what did not come up in time"
      return 1
    }
    sleep 0.1
  done
}

# At once and hard: nothing in the data folder will be read again, and a polite
# kube-apiserver takes five seconds to leave.
stop() {
  if alive "$1"; then
    local pid
    pid=$(cat "$state/$1.pid")
    kill -9 "$pid"
    # A zombie has no command line, so it does not count.
    while alive "$1"; do sleep 0.05; done
  fi
  rm -f "$state/$1.pid"
}
