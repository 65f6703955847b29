#include "localcloud/guest/tree_volumes.h"

#include "localcloud/guest/image_kind.h"
#include "localcloud/guest/tree_copy.h"

namespace localcloud {

void TreeVolumes::CreateRoot(const std::string& image, const std::string& root,
                             std::int64_t /*gib*/, const std::stop_token& stop) const {
  CopyTree(image, root, {.stop = stop});
}

void TreeVolumes::CreateImage(const std::string& root, const std::string& image, std::int64_t gib,
                              const std::stop_token& stop) const {
  try {
    CopyTree(root, image, {.max_bytes = static_cast<std::uint64_t>(gib) << 30, .stop = stop});
  } catch (const TreeTooLarge& error) {
    throw VolumeFull(error.what());
  }
}

std::string TreeVolumes::BootKind(const std::string& root, bool public_image) const {
  return ImageKind(root, public_image);
}

bool TreeVolumes::FirstBootIsUnfinished(const std::string& root) const {
  return localcloud::FirstBootIsUnfinished(root);
}

bool TreeVolumes::HasInstanceConnect(const std::string& root) const {
  return TreeHasPackage(root, "ec2-instance-connect");
}

}  // namespace localcloud
