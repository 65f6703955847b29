// The format of ~/.aws/config and ~/.aws/credentials, as AWS documents it ("Configuration and
// credential file settings" of the AWS CLI guide): [sections], key = value, # and ; comments,
// indented values that belong to the key above them. Lines may be of any length and may end in
// CRLF.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace aws {

// Keys are lower case; a later value of the same key replaces an earlier one, sections of one name
// are one.
using ProfileSection = std::map<std::string, std::string>;

// By the name between the brackets, blanks tidied and quotes taken away: "default", "profile dev".
using ProfileFile = std::map<std::string, ProfileSection>;

// `path` is for messages. Nested and continued values are left out: nothing here needs one.
// Throws Error(kCredentials) naming path and line of what does not parse; never what the line says.
ProfileFile ParseProfileFile(std::string_view text, const std::string& path);

// Returns nothing if there is no such file. Throws as above, and if the file cannot be read or is
// no regular file (given_file.h).
std::optional<ProfileFile> ReadProfileFile(const std::string& path);

}  // namespace aws
