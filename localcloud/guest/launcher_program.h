// The launcher's program file (launcher.cc), which is compiled in.
#pragma once

namespace localcloud {

// A descriptor of a file in memory that holds the program, sealed: nobody can change it, the user
// who runs this process included. (A guest that gets hold of a writable one could overwrite what
// the host runs later, as in CVE-2019-5736.) Made at the first call; stays open. Thread-safe.
// Throws std::runtime_error.
int LauncherProgram();

}  // namespace localcloud
