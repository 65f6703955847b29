#include "aws/profile_paths.h"

#include <pwd.h>
#include <unistd.h>

#include "aws/environment.h"

namespace aws {
namespace {

std::string Home() {
  std::string home = EnvironmentVariable("HOME");
  if (!home.empty()) return home;
  const passwd* user = getpwuid(getuid());
  return user != nullptr && user->pw_dir != nullptr ? user->pw_dir : "";
}

std::string PathFrom(const char* variable, const char* below_home) {
  std::string path = EnvironmentVariable(variable);
  if (path.empty()) return Home() + below_home;
  return path.starts_with("~/") ? Home() + path.substr(1) : path;
}

}  // namespace

std::string ProfileName() {
  std::string named = EnvironmentVariable("AWS_PROFILE");
  return named.empty() ? "default" : named;
}

std::string ConfigFilePath() { return PathFrom("AWS_CONFIG_FILE", "/.aws/config"); }

std::string CredentialsFilePath() {
  return PathFrom("AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials");
}

const ProfileSection* ConfigSection(const ProfileFile& file, const std::string& profile) {
  auto found = file.find("profile " + profile);
  if (found == file.end() && profile == "default") found = file.find(profile);
  return found == file.end() ? nullptr : &found->second;
}

}  // namespace aws
