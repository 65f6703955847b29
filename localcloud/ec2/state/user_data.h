// What cloud-init makes of an instance's user data.
#pragma once

#include <string>
#include <vector>

namespace localcloud {

struct UserData {
  std::string script;             // run at the end of the boot, as root; empty: there is none
  std::vector<std::string> keys;  // for the default user's authorized_keys
};

// A script, or a MIME archive (multipart/mixed) of scripts and cloud-configs, of which
// `ssh_authorized_keys` is read and the rest ignored. Of several scripts the last one counts.
// Anything else is handed on as the script, which says that it is none.
UserData ReadUserData(const std::string& text);

}  // namespace localcloud
