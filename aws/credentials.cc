#include "aws/credentials.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "aws/credential_process.h"
#include "aws/environment.h"
#include "aws/error.h"
#include "aws/metadata_credentials.h"
#include "aws/profile_file.h"
#include "aws/profile_paths.h"

namespace aws {
namespace {

std::optional<Credentials> FromEnvironment() {
  Credentials credentials;
  credentials.access_key_id = EnvironmentVariable("AWS_ACCESS_KEY_ID");
  credentials.secret_access_key = EnvironmentVariable("AWS_SECRET_ACCESS_KEY");
  credentials.session_token = EnvironmentVariable("AWS_SESSION_TOKEN");
  credentials.source = "environment";
  const bool has_id = !credentials.access_key_id.empty();
  const bool has_secret = !credentials.secret_access_key.empty();
  if (has_id != has_secret) {
    ThrowCredentialsError(
        fmt::format("{} is set in the environment but {} is not: set both, or neither",
                    has_id ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                    has_id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID"));
  }
  if (!has_id) return std::nullopt;
  return credentials;
}

// Returns the keys of a role that is assumed with a web identity token (EKS, CI services).
std::optional<Credentials> FromWebIdentity(const std::stop_token& stop) {
  if (EnvironmentVariable("AWS_WEB_IDENTITY_TOKEN_FILE").empty() ||
      EnvironmentVariable("AWS_ROLE_ARN").empty())
    return std::nullopt;
  return ExportFromAwsCli("", "AWS_WEB_IDENTITY_TOKEN_FILE in the environment", stop);
}

std::string ValueOf(const ProfileSection& section, const char* key) {
  const auto found = section.find(key);
  return found != section.end() ? found->second : std::string();
}

std::optional<Credentials> FromSection(const ProfileSection& section, const std::string& profile,
                                       const std::string& path) {
  Credentials credentials;
  credentials.access_key_id = ValueOf(section, "aws_access_key_id");
  credentials.secret_access_key = ValueOf(section, "aws_secret_access_key");
  credentials.session_token = ValueOf(section, "aws_session_token");
  credentials.source = fmt::format("profile {} in {}", profile, path);
  const bool has_id = !credentials.access_key_id.empty();
  const bool has_secret = !credentials.secret_access_key.empty();
  if (has_id != has_secret) {
    ThrowCredentialsError(fmt::format("profile {} in {} has {} but no {}", profile, path,
                                      has_id ? "aws_access_key_id" : "aws_secret_access_key",
                                      has_id ? "aws_secret_access_key" : "aws_access_key_id"));
  }
  if (!has_id) return std::nullopt;
  return credentials;
}

// Returns the first key of a source from which only the AWS CLI can get credentials, or "".
std::string OtherSource(const ProfileSection& section) {
  constexpr std::array kKeys = {"role_arn", "web_identity_token_file", "sso_session",
                                "sso_start_url", "login_session"};
  for (const char* key : kKeys) {
    if (section.contains(key)) return key;
  }
  return "";
}

std::optional<Credentials> KeysFromProfile(const std::stop_token& stop) {
  const std::string named = EnvironmentVariable("AWS_PROFILE");
  const std::string profile = ProfileName();
  const std::string credentials_path = CredentialsFilePath();
  const std::string config_path = ConfigFilePath();

  const auto config_file = ReadProfileFile(config_path);
  const ProfileSection* in_config = config_file ? ConfigSection(*config_file, profile) : nullptr;
  const auto credentials_file = ReadProfileFile(credentials_path);
  const ProfileSection* in_credentials = nullptr;
  if (credentials_file) {
    const auto found = credentials_file->find(profile);
    if (found != credentials_file->end()) in_credentials = &found->second;
  }
  for (const auto& [section, path] :
       {std::pair{in_config, config_path}, std::pair{in_credentials, credentials_path}}) {
    const std::string other = section != nullptr ? OtherSource(*section) : "";
    if (!other.empty())
      return ExportFromAwsCli(profile, fmt::format("profile {} in {} ({})", profile, path, other),
                              stop);
  }
  for (const auto& [section, path] :
       {std::pair{in_credentials, credentials_path}, std::pair{in_config, config_path}}) {
    if (section == nullptr) continue;
    if (auto found = FromSection(*section, profile, path)) return found;
    if (const std::string process = ValueOf(*section, "credential_process"); !process.empty()) {
      return RunCredentialProcess(
          process, fmt::format("credential_process of profile {} in {}", profile, path), stop);
    }
  }
  if (!named.empty()) {
    ThrowCredentialsError(
        fmt::format("AWS_PROFILE names {}, but there are no keys for it in {} or {}", profile,
                    credentials_path, config_path));
  }
  return std::nullopt;
}

}  // namespace

Credentials LoadCredentials(const std::stop_token& stop) {
  // In AWS's order. To add a source, write a function in its own file and call it here.
  if (auto found = FromEnvironment()) return *found;
  if (auto found = FromWebIdentity(stop)) return *found;
  if (auto found = KeysFromProfile(stop)) return *found;
  if (auto found = FromContainer()) return *found;
  if (auto found = FromInstance()) return *found;
  ThrowCredentialsError(
      "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile in "
      "AWS_PROFILE");
}

}  // namespace aws
