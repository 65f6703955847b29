#include "aws/profile_settings.h"

#include <fmt/format.h>

#include <optional>

#include "aws/environment.h"
#include "aws/error.h"
#include "aws/profile_file.h"
#include "aws/profile_paths.h"

namespace aws {
namespace {

struct Setting {
  std::string value;  // empty: not set
  std::string where;
};

Setting SettingFromProfile(const char* key) {
  const std::string path = ConfigFilePath();
  const auto file = ReadProfileFile(path);
  const std::string profile = ProfileName();
  const ProfileSection* section = file ? ConfigSection(*file, profile) : nullptr;
  const auto found = section != nullptr ? section->find(key) : ProfileSection::const_iterator{};
  if (section == nullptr || found == section->end()) return {};
  return {found->second, fmt::format("{} of profile {} in {}", key, profile, path)};
}

bool IsSet(const char* variable, const char* key) {
  const std::string given = EnvironmentVariable(variable);
  const Setting setting = !given.empty() ? Setting{given, variable} : SettingFromProfile(key);
  if (setting.value.empty() || setting.value == "false") return false;
  if (setting.value == "true") return true;
  ThrowCredentialsError(fmt::format("{} must be true or false", setting.where));
}

}  // namespace

std::string ConfiguredRegion() {
  for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    std::string region = EnvironmentVariable(variable);
    if (!region.empty()) return region;
  }
  return SettingFromProfile("region").value;
}

EndpointVariant ConfiguredVariant() {
  return {IsSet("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
          IsSet("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")};
}

}  // namespace aws
