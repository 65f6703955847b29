// The files in which AWS's tools keep their configuration. Internal to aws/.
#pragma once

#include <string>

#include "aws/profile_file.h"

namespace aws {

std::string ProfileName();          // AWS_PROFILE, else "default"
std::string ConfigFilePath();       // AWS_CONFIG_FILE, else ~/.aws/config
std::string CredentialsFilePath();  // AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/credentials

// Returns the section of a profile in the config file, or nullptr. Only the default profile's
// section may be named without the word "profile".
const ProfileSection* ConfigSection(const ProfileFile& file, const std::string& profile);

}  // namespace aws
