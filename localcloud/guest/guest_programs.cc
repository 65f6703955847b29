#include "localcloud/guest/guest_programs.h"

#include "localcloud/guest/container_programs.h"

namespace localcloud {
namespace {

// A sandbox's user is a single user of the host and cannot change to another one. sudo creates a
// user namespace in which this user is root. That is enough, because it owns the tree's files
// either way.
constexpr char kSudo[] = R"sh(#!/bin/sh
# sudo: runs a command as the root user of this machine.
user=root
while [ $# -gt 0 ]; do
  case "$1" in
    --) shift; break ;;
    -u) user=$2; shift 2 ;;
    -[gUhpCDRT]) shift 2 ;;
    -*) shift ;;
    [A-Za-z_]*=*) export "$1"; shift ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || set -- /bin/sh
if [ "$user" != root ] || [ "$(id -u)" = 0 ]; then exec "$@"; fi
HOME=/root USER=root LOGNAME=root
export HOME USER LOGNAME
exec /usr/bin/unshare --map-root-user -- "$@"
)sh";

// The tree's only user owns all of its files. The owner given to chown is recorded for containers,
// which do have several users (container_programs.h).
constexpr char kChown[] = R"sh(#!/bin/sh
# chown, chgrp: change nothing but a record, because this machine's only user owns all files.
reference=
owner=${1%%:*}
while [ $# -gt 0 ]; do
  case "$1" in
    --) shift; break ;;
    --reference=*) reference=given; shift ;;
    -*) shift ;;
    *) break ;;
  esac
done
[ -n "$reference" ] || shift
for file in "$@"; do
  [ -e "$file" ] || [ -L "$file" ] || {
    echo "${0##*/}: cannot access '$file': No such file or directory" >&2; exit 1; }
  [ "${0##*/}" != chown ] || echo "$owner $(realpath "$file")" >> /etc/localcloud/owners
done
)sh";

// The real sync would write back all of the host's file systems.
constexpr char kSync[] = R"sh(#!/bin/sh
# sync: does nothing, because the host keeps this machine's disk.
exit 0
)sh";

constexpr char kPowerOff[] = R"sh(#!/bin/sh
# shutdown, poweroff, halt, reboot: ask the machine to switch off or to reboot, now or in some
# minutes.
pending=/run/localcloud/shutdown.pid
minutes=0
wish=poweroff
[ "${0##*/}" = shutdown ] && minutes=1
[ "${0##*/}" = reboot ] && wish=reboot
for word; do
  case "$word" in
    -c) [ -e $pending ] && kill -- "-$(cat $pending)" 2>/dev/null; rm -f $pending; exit 0 ;;
    now) minutes=0 ;;
    +[0-9]*) minutes=${word#+} ;;
    -r|--reboot) wish=reboot ;;
    -*) ;;
    *) break ;;
  esac
done
if [ "$minutes" -eq 0 ]; then echo $wish > /run/localcloud/power; exit 0; fi
setsid sh -c "echo \$\$ > $pending; sleep $((minutes * 60)); echo $wish > /run/localcloud/power" \
  > /dev/null 2>&1 < /dev/null &
echo "Shutdown scheduled in $minutes min, use 'shutdown -c' to cancel." >&2
)sh";

constexpr char kCloudInit[] = R"sh(#!/bin/sh
# cloud-init: the parts that scripts use: status, clean and the version.
[ -e /etc/localcloud/packages/cloud-init ] || { echo "cloud-init: command not found" >&2; exit 127; }
case "$1" in
  status)
    if [ -e /etc/cloud/cloud-init.disabled ]; then echo "status: disabled"; exit 0; fi
    case " $* " in
      *" --wait "*) while [ ! -e /run/cloud-init/result.json ]; do sleep 0.02; done ;;
    esac
    if [ -e /run/cloud-init/result.json ]; then echo "status: done"; else echo "status: running"; fi ;;
  clean) rm -rf /var/lib/cloud/instance /var/lib/cloud/data/instance-id ;;
  --version|-v) echo "/usr/bin/cloud-init 22.2.2 (localcloud model)" ;;
  *) echo "cloud-init: $1 is not modelled" >&2; exit 2 ;;
esac
)sh";

constexpr char kDnf[] = R"sh(#!/bin/sh
# dnf, yum: install and remove the packages that matter to a boot. Installs and updates take the time
# that the latency profile gives for them. The repositories are those of the image's release, which
# has no newer packages, unless --releasever names another release.
installed=/etc/localcloud/packages
releasever=
command=
packages=
for word; do
  case "$word" in
    --releasever=*) releasever=${word#*=} ;;
    -*) ;;
    *) if [ -z "$command" ]; then command=$word; else packages="$packages $word"; fi ;;
  esac
done
need_root() {
  [ "$(id -u)" = 0 ] || {
    echo 'Error: This command has to be run with superuser privileges (under the root user on most systems).' >&2
    exit 1; }
}
remove_files() {
  case "$1" in
    cloud-init) rm -rf /etc/cloud /var/lib/cloud /run/cloud-init ;;
    openssh-server) units=sshd ;;
    chrony) units=chronyd ;;
  esac
  for unit in /etc/systemd/system/*.wants/"$1"* /etc/systemd/system/*.wants/cloud-*; do
    case "$1:${unit##*/}" in
      cloud-init:cloud-*|"$1:$1"*) rm -f "$unit" ;;
    esac
  done
  [ -z "$units" ] || rm -f /etc/systemd/system/*.wants/"$units".service
  units=
}
case "$command" in
  remove|erase|autoremove)
    need_root
    some=
    for package in $packages; do
      if [ -e "$installed/$package" ]; then
        rm -f "$installed/$package"; remove_files "$package"
        echo "Removed: $package"; some=yes
      else
        echo "No match for argument: $package" >&2
      fi
    done
    [ -n "$some" ] || echo 'No packages marked for removal.'
    echo 'Complete!' ;;
  install)
    need_root
    mkdir -p $installed
    case " $packages " in
      *' docker '*) launch-bench-modelled install-docker ;;
      *' ruby '*) launch-bench-modelled install-runner ;;
      *' redis6 '*) launch-bench-modelled install-orchestrator ;;
    esac
    for package in $packages; do
      : > "$installed/$package"; echo "Installed: $package"
    done
    echo 'Complete!' ;;
  upgrade|update)
    need_root
    if [ -n "$releasever" ]; then launch-bench-modelled os-update; else echo 'Nothing to do.'; fi
    echo 'Complete!' ;;
  check-update|makecache|clean) echo 'Nothing to do.' ;;
  list) ls $installed ;;
  *) echo "dnf: '$command' is not modelled" >&2; exit 2 ;;
esac
)sh";

constexpr char kRpm[] = R"sh(#!/bin/sh
# rpm: tells if a package is installed.
status=0
for word; do
  case "$word" in
    -qa) ls /etc/localcloud/packages ;;
    -*) ;;
    *) if [ -e "/etc/localcloud/packages/$word" ]; then echo "$word"; else
         echo "package $word is not installed"; status=1; fi ;;
  esac
done
exit $status
)sh";

constexpr char kGem[] = R"sh(#!/bin/sh
# gem: installs nothing. The modelled time of "dnf install ruby" includes the gems of a runner.
[ -e /etc/localcloud/packages/ruby ] || { echo 'gem: command not found' >&2; exit 127; }
echo "gem: nothing is installed (localcloud model): $*"
)sh";

// Runs at each boot of a machine with a limited lifetime. Starting a program costs milliseconds,
// most of all in a virtual machine (the C library's cpuid instructions), so the shell does what it
// can.
constexpr char kSystemctl[] = R"sh(#!/bin/sh
# systemctl: enables and disables units, starts timers, and shows the times of the boot.
directory=/etc/systemd/system
command=
units=
for word; do
  case "$word" in
    -*) ;;
    *) if [ -z "$command" ]; then command=$word; else units="$units $word"; fi ;;
  esac
done
# Sets value to that of the first line "$2=..." of the unit $1; to nothing if there is none.
read_value() {
  value=
  [ -e $directory/"$1" ] || return
  while IFS= read -r line || [ -n "$line" ]; do
    case "$line" in "$2="*) value=${line#*=}; return ;; esac
  done < $directory/"$1"
}
# Timers count from their start, so OnBootSec and OnActiveSec mean the same here.
start_timer() {
  read_value "$1" OnBootSec
  [ -n "$value" ] || read_value "$1" OnActiveSec
  seconds=${value%s}
  case "$seconds" in *[!0-9]*) seconds= ;; esac
  read_value "${1%.timer}.service" ExecStart
  run=$value
  [ -n "$seconds" ] && [ -n "$run" ] || { echo "systemctl: $1 is not modelled" >&2; status=1; return; }
  setsid sh -c "sleep $seconds; $run" > /dev/null 2>&1 < /dev/null &
}
# Sets at to the time of the event $1 of this boot in microseconds; to 0 if it has not happened.
boot_time() {
  at=0
  [ -r /run/localcloud/boot ] || return 0
  while read -r name value; do [ "$name" = "$1" ] && at=$value; done < /run/localcloud/boot
  return 0
}
# All properties are shown, whichever were asked for with --property=.
show_manager() {
  boot_time kernel
  [ "$at" = 0 ] && echo KernelTimestamp= || echo 'KernelTimestamp=(modelled)'
  echo "KernelTimestampMonotonic=$at"
  boot_time initrd; echo "InitRDTimestampMonotonic=$at"
  boot_time userspace; echo "UserspaceTimestampMonotonic=$at"
  boot_time finished; echo "FinishTimestampMonotonic=$at"
}
show_unit() {
  started=
  ended=
  case "$1" in
    cloud-init-local*) started=cloud_init_local_started; ended=cloud_init_local_ended ;;
    cloud-init|cloud-init.service)
      started=cloud_init_network_started; ended=cloud_init_network_ended ;;
    cloud-config*) started=cloud_init_config_started; ended=cloud_init_config_ended ;;
    cloud-final*) started=cloud_init_final_started; ended=cloud_init_final_ended ;;
    systemd-networkd-wait-online*|network-online.target) started=network; ended=network ;;
    sshd|sshd.service) started=sshd; ended=sshd ;;
  esac
  case "$1" in *.*) echo "Id=$1" ;; *) echo "Id=$1.service" ;; esac
  boot_time "$started"; echo "InactiveExitTimestampMonotonic=$at"
  boot_time "$ended"; echo "ActiveEnterTimestampMonotonic=$at"
}
if [ "$command" = show ]; then
  [ -n "$units" ] || show_manager
  blank=
  for unit in $units; do
    [ -z "$blank" ] || echo
    blank=yes
    show_unit "$unit"
  done
  exit 0
fi
full() { case "$1" in *.*) echo "$1" ;; *) echo "$1.service" ;; esac; }
need_root() {
  while read -r key uid rest; do [ "$key" = Uid: ] && break; done < /proc/self/status
  [ "$uid" = 0 ] || { echo 'Failed: Access denied' >&2; exit 1; }
}
status=0
case "$command" in
  enable|disable|mask|unmask|start|stop|restart|reload|reenable|preset|daemon-reload) need_root ;;
esac
for unit in $units; do
  unit=$(full "$unit")
  case "$command" in
    enable|reenable)
      read_value "$unit" WantedBy
      target=${value%% *}
      wants=$directory/${target:-multi-user.target}.wants
      [ -d "$wants" ] || mkdir -p "$wants"
      ln -sfn $directory/"$unit" "$wants/$unit"
      echo "Created symlink $wants/$unit." >&2 ;;
    start|restart) case "$unit" in *.timer) start_timer "$unit" ;; esac ;;
    disable) rm -f $directory/*.wants/"$unit" $directory/*.requires/"$unit" ;;
    mask) ln -sfn /dev/null $directory/"$unit"; rm -f $directory/*.wants/"$unit" ;;
    unmask) [ -L $directory/"$unit" ] && rm -f $directory/"$unit" ;;
    is-active*|is-enabled*)
      if [ "$command:$unit" = is-active:hibinit-agent.service ]; then
        [ -e /run/localcloud/hibinit-agent ] && echo activating || { echo inactive; status=3; }
        continue
      fi
      if ls $directory/*.wants/"$unit" > /dev/null 2>&1; then
        [ "$command" = is-enabled ] && echo enabled || echo active
      else
        [ "$command" = is-enabled ] && echo disabled || echo inactive
        status=1
      fi ;;
  esac
done
case "$command" in
  is-system-running) echo running ;;
  poweroff|halt) echo poweroff > /run/localcloud/power ;;
  reboot) echo reboot > /run/localcloud/power ;;
  hibernate|suspend) echo "systemctl: $command is not modelled" >&2; exit 1 ;;
esac
exit $status
)sh";

// A guest runs on all of the host's processors. Programs that ask for their number get that of the
// instance's type, so that what they do does not depend on the host.
constexpr char kProcessors[] = R"sh(#!/bin/sh
# nproc: as many processors as the instance's type has.
if [ $# -eq 0 ] && read -r cpus 2> /dev/null < /run/localcloud/cpus; then
  echo "$cpus"
  exit
fi
exec /usr/bin/nproc "$@"
)sh";

constexpr char kSystemdAnalyze[] = R"sh(#!/bin/sh
# systemd-analyze: critical-chain, of the modelled times of this boot.
[ "$1" = critical-chain ] || { echo "systemd-analyze: $1 is not modelled" >&2; exit 2; }
userspace=0
chain=
finished=
unit=
while read -r name at; do
  case "$name" in
    userspace) userspace=$at ;;
    network) unit=systemd-networkd-wait-online.service ;;
    cloud_init_network_ended) unit=cloud-init.service ;;
    sshd) unit=sshd.service ;;
    cloud_init_final_ended) unit=cloud-final.service ;;
    finished) finished=$at; unit=multi-user.target ;;
  esac
  [ -n "$unit" ] || continue
  chain="$unit @$(((at - userspace) / 1000))ms
$chain"
  unit=
done < /run/localcloud/boot
if [ -z "$finished" ]; then
  echo 'Bootup is not yet finished (org.freedesktop.systemd1.Manager.FinishTimestampMonotonic=0).' >&2
  echo 'Please try again later.' >&2
  exit 1
fi
echo 'The time when unit became active or started is printed after the "@" character. (modelled)'
echo
printf %s "$chain"
)sh";

// Steps that are impossible in a sandbox without a network and a package manager just take the time
// that the latency profile gives for them. Each use within a boot has its own duration.
constexpr char kModelled[] = R"sh(#!/bin/sh
# launch-bench-modelled STEP [TIMES]: takes as long as the latency profile gives for the step, or
# that many times as long. Without STEP: lists the steps.
table=/run/localcloud/modelled
tab=$(printf '\t')
times=${2:-1}
case $times in *[!0-9]*) set -- ;; esac
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  echo "usage: launch-bench-modelled STEP [TIMES], with STEP one of:" $(cut -f 1 $table) >&2
  exit 2
fi
while IFS=$tab read -r name seconds note; do
  [ "$name" = "$1" ] || continue
  use=/run/localcloud/modelled.$(cat /proc/sys/kernel/random/boot_id).$name
  n=1
  while ! mkdir "$use.$n" 2> /dev/null; do n=$((n + 1)); done
  set -- $seconds
  shift $(((n - 1) % $#))
  [ "$times" = 1 ] || set -- "$(awk "BEGIN { printf \"%.6f\", $1 * $times }")"
  sleep "$1"
  echo "launch-bench-modelled: $name took $1 s (modelled, not measured; $note)"
  exit 0
done < $table
echo "launch-bench-modelled: the latency profile has no step '$1'; it has:" $(cut -f 1 $table) >&2
exit 2
)sh";

}  // namespace

const std::vector<GuestProgram>& GuestPrograms() {
  static const std::vector<GuestProgram> programs = {{"sudo", kSudo},
                                                     {"chown", kChown},
                                                     {"chgrp", kChown},
                                                     {"sync", kSync},
                                                     {"shutdown", kPowerOff},
                                                     {"poweroff", kPowerOff},
                                                     {"halt", kPowerOff},
                                                     {"reboot", kPowerOff},
                                                     {"cloud-init", kCloudInit},
                                                     {"dnf", kDnf},
                                                     {"yum", kDnf},
                                                     {"rpm", kRpm},
                                                     {"docker", kDockerProgram},
                                                     {"git", kGitProgram},
                                                     {"gem", kGem},
                                                     {"nproc", kProcessors},
                                                     {"systemctl", kSystemctl},
                                                     {"systemd-analyze", kSystemdAnalyze},
                                                     {"launch-bench-modelled", kModelled}};
  return programs;
}

}  // namespace localcloud
