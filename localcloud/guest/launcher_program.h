// The launcher's program (launcher.cc), which is compiled in.
#pragma once

namespace localcloud {

// Returns the descriptor of a file in memory that holds the program. The file is sealed: nobody can
// change it, not even the user who runs this process. (A guest with a writable descriptor could
// overwrite what the host runs later, as in CVE-2019-5736.) Created at the first call; stays open.
// Thread-safe. Throws std::runtime_error.
int LauncherProgram();

}  // namespace localcloud
