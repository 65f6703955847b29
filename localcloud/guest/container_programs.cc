#include "localcloud/guest/container_programs.h"

namespace localcloud {

// Sources. AL2023's container has curl-minimal (al2023/ug/curl-minimal), and neither util-linux nor
// git. docker-library/redis: on Debian slim with gosu and no curl or git; its entrypoint runs
// redis-server as user redis, 999, unless the container has a user already. --env-file: docker/cli
// opts/file.go, moby issue 12997.
const char kDockerProgram[] = R"sh(#!/bin/sh
# docker: a model of Docker (localcloud/guest/container_programs.h).
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
store=/var/lib/docker/localcloud
isolated='tmp run root home srv opt'
fail() { echo "docker: $*" >&2; exit 125; }
[ -e /etc/localcloud/packages/docker ] || { echo 'docker: command not found' >&2; exit 127; }
[ "$(id -u)" = 0 ] || fail 'permission denied while trying to connect to the Docker daemon socket'
place() { echo "$store/images/$(echo "${1%:latest}" | tr '/:' '__')"; }

# Links the given programs into the image $image.
add() {
  found=
  for program; do
    case $program in
      redis6-*) ln -sfn "/usr/bin/redis-${program#redis6-}" "$image/bin/$program"; continue ;;
      dnf|apt-get) ln -sfn /usr/bin/true "$image/bin/$program"; continue ;;  # read, not run
    esac
    for bin in /usr/local/bin /usr/bin; do
      if [ -x "$bin/$program" ]; then found="$found $bin/$program"; break; fi
    done
  done
  ln -sf -t "$image/bin" $found
}
shell_tools='sh bash awk basename cat chmod cp cut date dirname env expr false grep head id ln ls
  mkdir mktemp mv nproc readlink rm rmdir sed seq sleep sort stat tail tee touch tr true uname wc'
published() {
  image=$(place "$1")
  mkdir -p "$image/bin"
  echo root > "$image/user"
  case $1 in
    public.ecr.aws/amazonlinux/amazonlinux:2023) add $shell_tools curl dnf ;;
    public.ecr.aws/docker/library/redis:7)
      add $shell_tools apt-get chown find setsid taskset redis-cli redis-server
      echo docker-entrypoint.sh > "$image/entrypoint" ;;
    *) rm -rf "$image"; fail "manifest for $1 not found (localcloud has no model of it)" ;;
  esac
}
install_packages() {
  for package; do
    case $package in
      redis6) add redis6-cli redis6-server ;;
      util-linux) add setsid taskset ;;
      gawk) add awk gawk ;;
      git) add git ;;
      curl) add curl ;;
      -*|ca-certificates) ;;
      *) fail "localcloud has no model of the package $package" ;;
    esac
  done
}
build() {
  tag=
  while [ $# -gt 0 ]; do
    case $1 in
      -t) tag=$2; shift 2 ;;
      -) shift ;;
      *) fail "build $1 is not modelled" ;;
    esac
  done
  image=$(place "$tag")
  sed -e ':a' -e '/\\$/N; s/\\\n//; ta' | {
    while read -r instruction words; do
      case $instruction in
        FROM)
          step=build-image
          case $tag in fleet-runner|fleet-orchestrator) step=build-${tag#fleet-}-image ;; esac
          [ ! -d "$(place "$words")" ] || step=extend-image
          launch-bench-modelled "$step"
          [ -d "$(place "$words")" ] || published "$words"
          from=$(place "$words")
          image=$(place "$tag")
          rm -rf "$image"
          cp -a "$from" "$image" ;;
        RUN)
          case $words in
            *'dnf install '*) manager=dnf ;;
            *'apt-get install '*) manager=apt-get ;;
            *) fail "RUN $words is not modelled" ;;
          esac
          [ -e "$image/bin/$manager" ] || fail "/bin/sh: 1: $manager: not found"
          packages=${words#*install }
          install_packages ${packages%%&&*} ;;
        ENTRYPOINT) echo "$words" | tr -d '[]",' > "$image/entrypoint" ;;
        '') ;;
        *) fail "$instruction is not modelled" ;;
      esac
    done
  } || exit $?
}

# Mounts $1 of the machine at $2 of the container. Call before the container's directories are mounted.
give() {
  target=$2
  for name in $isolated; do
    case $2 in "/$name"|"/$name"/*) target=$container$2 ;; esac
  done
  if [ -d "$1" ]; then mkdir -p "$target"; else mkdir -p "${target%/*}/"; : >> "$target"; fi
  mount --rbind "$1" "$target" || fail "cannot mount $1 at $2"
  [ "$user" != root ] || return 0
  find "$1" -maxdepth 1 -type f ! -perm -004 | while read -r file; do
    tac /etc/localcloud/owners 2> /dev/null | grep -F -m 1 -- " $file" |
      grep -q -F -x -- "$user $file" || mount --bind "$container/denied" "$target${file#"$1"}"
  done
}
# Runs in the container's own mount namespace.
contain() {
  container=$store/containers/$(cat /proc/sys/kernel/random/uuid)
  for name in $isolated; do mkdir -p "$container/$name"; done
  : > "$container/denied"
  chmod 0 "$container/denied"
  give /run/localcloud /run/localcloud
  for mount in $mounts; do
    rest=${mount#*:}
    [ -e "${mount%%:*}" ] || mkdir -p "${mount%%:*}"
    give "${mount%%:*}" "${rest%%:*}"
  done
  for name in $isolated; do mount --rbind "$container/$name" "/$name" || exit 125; done
  cd /
  if [ "$user" = root ]; then exec env -i "$@"; fi
  exec unshare --map-user="$user" -- env -i "$@"
}
run() {
  detached= mounts= variables= user= entrypoint=
  while [ $# -gt 0 ]; do
    case $1 in
      -d) detached=yes; shift ;;
      -i|--rm|--cpuset-cpus=*) shift ;;
      --network) shift 2 ;;
      -v) mounts="$mounts $2"; shift 2 ;;
      --env-file) variables=$2; shift 2 ;;
      --user) user=${2%%:*}; shift 2 ;;
      --entrypoint) entrypoint=$2; shift 2 ;;
      -*) fail "run $1 is not modelled" ;;
      *) break ;;
    esac
  done
  image=$(place "$1")
  [ -d "$image" ] || fail "Unable to find image '$1' locally; localcloud does not pull it here"
  shift
  [ -n "$entrypoint" ] || entrypoint=$(cat "$image/entrypoint" 2> /dev/null)
  if [ "$entrypoint" = docker-entrypoint.sh ]; then
    entrypoint=
    case $1 in -*|*.conf) entrypoint=redis-server ;; esac
    case ${entrypoint:-$1} in redis-server) user=${user:-999} ;; esac
  fi
  case $user in ''|0) user=$(cat "$image/user") ;; esac
  set -- $entrypoint "$@"
  set -- PATH="$image/bin" HOME=/root HOSTNAME="$(cat /etc/hostname)" "$@"
  if [ -n "$variables" ]; then
    [ -r "$variables" ] || fail "open $variables: no such file or directory"
    while IFS= read -r line || [ -n "$line" ]; do
      line=${line#"${line%%[! ]*}"}
      name=${line%%=*}
      case $line in
        ''|'#'*) continue ;;
        =*) fail "poorly formatted environment: no variable name on line '$line'" ;;
      esac
      case $name in
        *[[:space:]]*)
          fail "poorly formatted environment: variable '$name' contains whitespaces" ;;
      esac
      case $line in
        *=*) set -- "$line" "$@" ;;
        *) if value=$(printenv "$name"); then set -- "$name=$value" "$@"; fi ;;
      esac
    done < "$variables"
  fi
  launch-bench-modelled start-container
  export store isolated user mounts
  if [ -z "$detached" ]; then exec unshare --mount -- /bin/sh "$0" --contain "$@"; fi
  setsid unshare --mount -- /bin/sh "$0" --contain "$@" > "$store/last.log" 2>&1 < /dev/null &
  cat /proc/sys/kernel/random/uuid
}

command=$1
[ $# -eq 0 ] || shift
mkdir -p "$store/images"
case $command in
  pull) launch-bench-modelled pull-image; published "$1" ;;
  build) build "$@" ;;
  tag)
    [ -d "$(place "$1")" ] || fail "No such image: $1"
    rm -rf "$(place "$2")"
    cp -a "$(place "$1")" "$(place "$2")" ;;
  image)
    [ "$1" = inspect ] || fail "image $1 is not modelled"
    [ -d "$(place "$2")" ] || { echo "No such image: $2" >&2; exit 1; } ;;
  run) run "$@" ;;
  --contain) contain "$@" ;;
  *) fail "$command is not modelled" ;;
esac
)sh";

const char kGitProgram[] = R"sh(#!/bin/sh
# git: models the commands that need other hosts (localcloud/guest/container_programs.h).
if [ "$0" = /usr/local/bin/git ] && [ ! -e /etc/localcloud/packages/git ]; then
  echo 'git: command not found' >&2
  exit 127
fi
PATH=/usr/local/bin:/usr/bin:/bin
remote=
for word; do
  case $word in file://*) ;; *://*) remote=$word ;; esac
  directory=$word
done
if [ "$1" != clone ] || [ -z "$remote" ]; then exec /usr/bin/git "$@"; fi
if [ "$directory" = "$remote" ]; then directory=$(basename "$remote" .git); fi
if [ -n "$(ls -A "$directory" 2> /dev/null)" ]; then
  echo "fatal: destination path '$directory' already exists and is not an empty directory." >&2
  exit 128
fi
launch-bench-modelled load-workload || exit
mkdir -p "$directory" && echo "A stand-in for $remote (localcloud)" > "$directory/README"
)sh";

}  // namespace localcloud
