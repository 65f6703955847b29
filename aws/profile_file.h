// Reads ~/.aws/config and ~/.aws/credentials. AWS documents the format in "Configuration and
// credential file settings" of the AWS CLI guide: [sections], key = value, # and ; comments, and
// indented values that belong to the key above them. Lines may be of any length and may end in
// CRLF.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace aws {

// Keys are lower case. If a key is given twice, the last value wins. Sections of the same name are
// merged.
using ProfileSection = std::map<std::string, std::string>;

// Sections by the name between the brackets, without quotes and surplus blanks: "default",
// "profile dev".
using ProfileFile = std::map<std::string, ProfileSection>;

// `path` is for messages. Skips nested and continued values: nothing here needs them. Throws
// Error(kCredentials) if a line does not parse. The message names path and line number; it never
// quotes the line.
ProfileFile ParseProfileFile(std::string_view text, const std::string& path);

// Returns nothing if there is no such file. Throws as ParseProfileFile does, and also if the file
// cannot be read or is not a regular file (given_file.h).
std::optional<ProfileFile> ReadProfileFile(const std::string& path);

}  // namespace aws
