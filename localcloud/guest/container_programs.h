// Docker and git as guests have them: models of what a machine without the Internet cannot do.
#pragma once

namespace localcloud {

// Shell scripts for /usr/local/bin (guest_programs.h).
//
// docker: pull, build, tag, image inspect, run. An image is a list of programs and a user; a
// container has those programs alone on its PATH, directories of its own in place of /tmp, /run,
// /root, /home, /srv and /opt, what -v gives it, and only the variables that it is given. What it
// runs is real, on the machine's network. A user other than root cannot read files that only their
// owner may read, as chown has it. --env-file is read as Docker does: a variable is one line.
extern const char kDockerProgram[];
// git: a clone from another host takes the time of the profile's load-workload, and leaves a
// stand-in. All else is the host's git.
extern const char kGitProgram[];

}  // namespace localcloud
