// The parts of an instance's user data that cloud-init acts on.
#pragma once

#include <string>
#include <vector>

namespace localcloud {

struct UserData {
  std::string script;             // run as root at the end of the boot; may be empty
  std::vector<std::string> keys;  // for the default user's authorized_keys
};

// Accepts a script, or a MIME archive (multipart/mixed) of scripts and cloud-configs. From
// cloud-configs, only `ssh_authorized_keys` is read. If there are several scripts, the last one
// wins. Anything else is returned as the script; running it then reports that it is not one.
UserData ReadUserData(const std::string& text);

}  // namespace localcloud
