// Public images and snapshots of other accounts. A describe without a filter by owner or id has to
// page through all of them.
#pragma once

#include <cstddef>
#include <string>

#include "localcloud/ec2/state/resources.h"

namespace localcloud {

// The entries are invented when first requested. They cannot be launched or read. Not thread-safe.
class PublicCatalogue {
 public:
  PublicCatalogue(std::string region, std::size_t images, std::size_t snapshots);

  const ResourceMap<Image>& images();
  const ResourceMap<Snapshot>& snapshots();

 private:
  const std::string region_;
  const std::size_t image_count_;
  const std::size_t snapshot_count_;
  ResourceMap<Image> images_;
  ResourceMap<Snapshot> snapshots_;
};

}  // namespace localcloud
