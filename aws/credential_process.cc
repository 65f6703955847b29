#include "aws/credential_process.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "aws/child_program.h"
#include "aws/error.h"
#include "aws/unix_time.h"

namespace aws {
namespace {

using std::chrono::system_clock;

// If the program needs a log-in in a browser, the user has to log in before.
constexpr std::chrono::seconds kLimit{60};

// Runs a program until it ends by itself. Throws Error(kCredentials), which calls it `name`, if it
// cannot be started, is stopped or takes longer than kLimit.
ChildOutcome Run(std::vector<std::string> command, const std::string& name,
                 const std::stop_token& stop) {
  try {
    ChildOutcome outcome = ChildProgram(std::move(command)).Wait(Clock::now() + kLimit, stop);
    if (outcome.end == ChildOutcome::End::kStopped) ThrowCredentialsError(name + " was stopped");
    if (outcome.end == ChildOutcome::End::kTooLate)
      ThrowCredentialsError(name + " did not end within a minute, and was killed");
    return outcome;
  } catch (const std::system_error& error) {
    ThrowCredentialsError(fmt::format("a credential process: {}", error.what()));
  }
}

// Returns a foreign name or time in a form that is safe to print: other characters become '?'.
std::string Word(const std::string& text) {
  constexpr std::size_t kLongest = 64;
  std::string word = text.substr(0, kLongest);
  std::ranges::replace_if(
      word,
      [](unsigned char c) {
        return std::isalnum(c) == 0 &&
               std::string_view("-:.+_").find(static_cast<char>(c)) == std::string_view::npos;
      },
      '?');
  return word;
}

// Parses "2026-01-31T14:25:01Z". Some tools write a fraction, or an offset ("+00:00").
std::optional<system_clock::time_point> ParseTime(const std::string& text) {
  std::tm tm{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &tm);
  if (rest == nullptr) return std::nullopt;
  if (*rest == '.') {
    ++rest;
    while (std::isdigit(static_cast<unsigned char>(*rest))) ++rest;
  }
  std::tm offset{};
  if (*rest != '\0' && strptime(rest, "%z", &offset) == nullptr) return std::nullopt;
  return FromUnixSeconds(timegm(&tm) - offset.tm_gmtoff);
}

}  // namespace

Credentials ParseCredentials(const std::string& json, const std::string& source) {
  const auto document = nlohmann::json::parse(json, nullptr, false);
  const auto text = [&](const char* name) {
    const auto it = document.is_object() ? document.find(name) : document.end();
    return document.is_object() && it != document.end() && it->is_string() ? it->get<std::string>()
                                                                           : std::string();
  };
  Credentials credentials;
  credentials.access_key_id = text("AccessKeyId");
  credentials.secret_access_key = text("SecretAccessKey");
  credentials.session_token = text("SessionToken").empty() ? text("Token") : text("SessionToken");
  credentials.source = source;
  // Metadata services use this field to say that they have no keys.
  if (const std::string code = text("Code"); !code.empty() && code != "Success")
    ThrowCredentialsError(fmt::format("{} gave no keys, but the Code {}", source, Word(code)));
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty())
    ThrowCredentialsError(
        fmt::format("{} gave no AccessKeyId and SecretAccessKey in JSON", source));
  if (const std::string expiration = text("Expiration"); !expiration.empty()) {
    credentials.expiry = ParseTime(expiration);
    if (!credentials.expiry)
      ThrowCredentialsError(fmt::format("{} gave an Expiration that is no time", source));
    if (*credentials.expiry <= system_clock::now())
      ThrowCredentialsError(
          fmt::format("{} gave keys that have expired, by this machine's clock: at {}", source,
                      Word(expiration)));
  }
  return credentials;
}

Credentials RunCredentialProcess(const std::string& command, const std::string& source,
                                 const std::stop_token& stop) {
  const ChildOutcome outcome = Run({"/bin/sh", "-c", command}, source, stop);
  if (outcome.status != 0)
    ThrowCredentialsError(
        fmt::format("{} {}; run it by hand to see why", source, DescribeEnd(outcome)));
  Credentials credentials = ParseCredentials(outcome.output, source);
  const auto document = nlohmann::json::parse(outcome.output);
  if (const auto version = document.find("Version"); version != document.end() && *version != 1)
    ThrowCredentialsError(fmt::format("{} gave another Version than 1", source));
  return credentials;
}

Credentials ExportFromAwsCli(const std::string& profile, const std::string& source,
                             const std::stop_token& stop) {
  if (!IsOnPath("aws")) {
    ThrowCredentialsError(
        fmt::format("{} needs the AWS CLI, and there is no aws on PATH: install it (v2), or put "
                    "keys into the environment",
                    source));
  }
  std::vector<std::string> command{"aws", "configure", "export-credentials", "--format", "process"};
  if (!profile.empty()) command.insert(command.end(), {"--profile", profile});
  const ChildOutcome outcome = Run(std::move(command), "aws configure export-credentials", stop);
  if (outcome.errors.find("Invalid choice") != std::string::npos)
    ThrowCredentialsError(
        "the aws on PATH has no configure export-credentials; AWS CLI version 2 has it, since 2.9");
  if (outcome.status != 0) {
    // The CLI's own output is not quoted: a plugin or a credential_process may print a secret.
    ThrowCredentialsError(
        fmt::format("{}: aws configure export-credentials {}; `aws sts "
                    "get-caller-identity{}` "
                    "says why, and `aws sso login` may be what it wants",
                    source, DescribeEnd(outcome), profile.empty() ? "" : " --profile " + profile));
  }
  return ParseCredentials(outcome.output, source + " (through the AWS CLI)");
}

}  // namespace aws
