#include "localcloud/image_kind.h"

#include <filesystem>
#include <fstream>
#include <system_error>

namespace localcloud {
namespace {

namespace fs = std::filesystem;

bool RunsBeforeSshd(const fs::path& unit) {
  std::ifstream file(unit);
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("Before=") && line.find("ssh") != std::string::npos) return true;
  }
  return false;
}

}  // namespace

bool TreeHasPackage(const std::string& tree, const std::string& package) {
  std::error_code ignored;
  return fs::exists(tree + "/etc/localcloud/packages/" + package, ignored);
}

std::string ImageKind(const std::string& tree, bool is_public) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(tree + "/etc/systemd/system", ignored)) {
    // A symlink would be followed in this process's file system, not in the guest's.
    const bool unit = entry.path().extension() == ".service" && entry.is_regular_file(ignored) &&
                      !entry.is_symlink(ignored);
    if (unit && RunsBeforeSshd(entry.path())) return "custom_init";
  }
  if (!TreeHasPackage(tree, "cloud-init")) return "minimal";
  return is_public ? "al2023" : "rebaked";
}

}  // namespace localcloud
