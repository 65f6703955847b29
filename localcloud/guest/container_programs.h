// Docker and git in guests: models of the parts that a machine without the Internet cannot do.
#pragma once

namespace localcloud {

// Shell scripts for /usr/local/bin (guest_programs.h).
//
// docker: pull, build, tag, image inspect, run. An image is a list of programs and a user. A
// container has only those programs on its PATH, its own directories in place of /tmp, /run, /root,
// /home, /srv and /opt, what -v gives it, and only the environment variables that it is given. Its
// programs really run, on the machine's network. A user other than root cannot read files that only
// their owner may read, with owners as recorded by chown. --env-file is read as Docker does: one
// variable per line.
extern const char kDockerProgram[];
// git: a clone from another host takes as long as the profile's load-workload, and leaves a
// stand-in. Everything else is the host's git.
extern const char kGitProgram[];

}  // namespace localcloud
