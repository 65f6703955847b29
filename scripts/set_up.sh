# Sourced by the three commands (launch_bench, launch_compare, run_tests) and by other scripts: installs missing packages
# and builds what is out of date.
#
#   set_up_install PACKAGE...             lists the missing packages and installs them
#   set_up_install_unstarted PACKAGE...   the same, but does not start the services that they contain
#   set_up_build TARGET...                configures and builds build/release; shows progress on a terminal
#   set_up_arguments ARG...               handles --no-install (before a --); puts the others into the array `arguments`

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build_directory=$root/build/release
script_name=$(basename "$0")
may_install=yes
arguments=()

# The six packages that the project is built on, then pugixml, CLI11, fmt, hiredis, zlib and Boost.Fiber, then the local cloud's.
build_packages=(g++ cmake ninja-build pkg-config git ca-certificates
  libbenchmark-dev libgtest-dev libgmock-dev libcurl4-openssl-dev libssl-dev nlohmann-json3-dev libssh2-1-dev
  libpugixml-dev libcli11-dev libfmt-dev libhiredis-dev zlib1g-dev libboost-fiber-dev
  libevent-dev libssh-dev bubblewrap)

# Compiles a dozen files as one (cmake/quick_builds.cmake), as the presets do.
unity_build=(-DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12)

# Programs that tests run, and the Redis of fleets.
test_packages=(awscli openssh-client openssh-server openssl iproute2 jq curl procps python3-botocore)
fleet_packages=(redis-server redis-tools)

# Virtual machines (--cloud=qemu): QEMU, their network, and what builds the images that they boot.
machine_packages=(qemu-system-x86 qemu-utils nftables dnsmasq-base iproute2 util-linux mmdebstrap e2fsprogs fakeroot uidmap kmod
  xz-utils busybox-static cpio)

say() { printf '%s: %s\n' "$script_name" "$*" >&2; }

set_up_arguments() {
  # What follows -- belongs to a command of the user's (launch_bench audit).
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    if [ "$1" = --no-install ]; then may_install=no; else arguments+=("$1"); fi
    shift
  done
  arguments+=("$@")
}

missing_packages() {
  local package
  for package in "$@"; do
    grep -qx "$package" <<<"$installed_packages" || printf '%s ' "$package"
  done
}

# For packages with a system service: the service is started neither now nor at the next boot.
set_up_install_unstarted() {
  local policy=/usr/sbin/policy-rc.d sudo= installed_packages missing
  command -v dpkg-query >/dev/null || { set_up_install "$@"; return; }
  installed_packages=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p')
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  [ "$(id -u)" = 0 ] || sudo=sudo
  if [ "$may_install" = no ] || [ -e "$policy" ] || ! command -v ${sudo:-sh} >/dev/null; then
    set_up_install "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
  $sudo chmod 755 "$policy"
  # set_up_install ends the script if it fails.
  trap "$sudo rm -f $policy" EXIT
  set_up_install "$@"
  $sudo rm -f "$policy"
  trap - EXIT
  command -v systemctl >/dev/null || return 0
  local package unit
  for package in $missing; do
    case $package in openssh-server) unit=ssh ;; redis-server) unit=redis-server ;; *) continue ;; esac
    $sudo systemctl disable --quiet $unit 2>/dev/null || true
  done
}

set_up_install() {
  if ! command -v dpkg-query >/dev/null; then
    say "this system has no dpkg; make sure that it has the equivalents of these Debian packages: $*"
    return
  fi
  local installed_packages missing sudo=
  installed_packages=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p')
  missing=$(missing_packages "$@")
  missing=${missing% }
  [ -n "$missing" ] || return 0
  if [ "$may_install" = no ]; then
    say "missing Debian packages: $missing"
    say "install them (apt-get install $missing), or run again without --no-install"
    exit 2
  fi
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
      say "missing Debian packages: $missing"
      say "you are not root and there is no sudo: have them installed (apt-get install $missing), then run again"
      exit 2
    fi
    sudo=sudo
  fi
  say "installing with apt-get: $missing"
  local log
  log=$(mktemp)
  # shellcheck disable=SC2086  # both are lists
  if ! { $sudo apt-get update -q && $sudo env DEBIAN_FRONTEND=noninteractive \
         apt-get install -q -y --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    say "apt-get failed; the log is $log"
    exit 2
  fi
  rm -f "$log"
}

# Reads ninja's output and shows its progress on one line, which is cleared at the end.
show_build_progress() {
  local line columns finished total left what text began=$SECONDS
  columns=$(stty size <&2 2>/dev/null | cut -d ' ' -f 2) || columns=
  [ "${columns:-0}" -gt 20 ] || columns=80
  while IFS= read -r line; do
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ (.*)$ ]] || continue
    finished=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]} what=${BASH_REMATCH[3]##* }
    what=${what%.o}
    what=${what#"$root"/}
    what=${what/CMakeFiles\/*.dir\//}
    left=
    if [ $((SECONDS - began)) -ge 5 ] && [ "$finished" -gt 0 ]; then
      left=$(((SECONDS - began) * (total - finished) / finished))
      if [ "$left" -ge 120 ]; then left=", about $(((left + 30) / 60)) min left"; else left=", about $left s left"; fi
    fi
    text="$script_name: building, $finished of $total$left: $what"
    printf '\r\033[K%s' "${text:0:$((columns - 1))}" >&2
  done
  printf '\r\033[K' >&2
}

# Runs ninja with its output in the log. On a terminal it also shows progress.
run_ninja() {
  local log=$1
  shift
  if [ -t 2 ]; then
    NINJA_STATUS='[%f/%t] ' ninja -C "$build_directory" "$@" 2>&1 | tee "$log" | show_build_progress
  else
    ninja -C "$build_directory" "$@" >"$log" 2>&1
  fi
}

set_up_build() {
  if [ -d "$build_directory" ] && [ ! -w "$build_directory" ]; then
    say "${build_directory#"$root"/} belongs to another user: using the existing build"
    return
  fi
  mkdir -p "$build_directory"
  local log=$build_directory/build.log
  exec 9>"$build_directory/.lock"
  flock 9  # commands that run at the same time build one after the other
  if [ ! -f "$build_directory/build.ninja" ]; then
    say "configuring and building $* (once, a few minutes; log: ${log#"$root"/})"
    if ! (cd "$root" && cmake --preset "${LAUNCH_BENCH_PRESET:-release}") >"$log" 2>&1; then
      tail -n 20 "$log" >&2
      say "configuring failed; the log is $log"
      exit 2
    fi
  fi
  if ! run_ninja "$log" "$@"; then
    grep -E 'error|FAILED|undefined reference' "$log" | head -n 20 >&2 || tail -n 20 "$log" >&2
    say "building failed; the log is $log"
    exit 2
  fi
  exec 9>&-
}
