#include "localcloud/guest_programs.h"

namespace localcloud {
namespace {

// A sandbox's user is one user of the host, and cannot become another one. In a user namespace of
// its own it is called root, and is: the tree's files are its own either way.
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

constexpr char kPowerOff[] = R"sh(#!/bin/sh
# shutdown, poweroff, halt: ask the machine to switch itself off.
case " $* " in *" -c "*) exit 0 ;; esac
sync
echo poweroff > /run/localcloud/power
)sh";

constexpr char kCloudInit[] = R"sh(#!/bin/sh
# cloud-init: as far as scripts ask it how far it is.
[ -e /etc/localcloud/packages/cloud-init ] || { echo "cloud-init: not installed" >&2; exit 127; }
case "$1" in
  status)
    case " $* " in *" --wait "*) while [ ! -e /run/cloud-init/result.json ]; do sleep 0.02; done ;; esac
    if [ -e /run/cloud-init/result.json ]; then echo "status: done"; else echo "status: running"; fi ;;
  clean) rm -rf /var/lib/cloud/instances /var/lib/cloud/instance /var/lib/cloud/data/instance-id ;;
  --version|-v) echo "cloud-init (localcloud model)" ;;
  *) echo "cloud-init: $1 is not modelled" >&2; exit 2 ;;
esac
)sh";

}  // namespace

const std::vector<GuestProgram>& GuestPrograms() {
  static const std::vector<GuestProgram> programs = {{"sudo", kSudo},
                                                     {"shutdown", kPowerOff},
                                                     {"poweroff", kPowerOff},
                                                     {"halt", kPowerOff},
                                                     {"cloud-init", kCloudInit}};
  return programs;
}

}  // namespace localcloud
