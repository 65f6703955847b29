// The images and snapshots that other accounts have made public. A describe that neither an owner
// nor an id limits goes through all of them.
#pragma once

#include <cstddef>
#include <string>

#include "localcloud/ec2/state/resources.h"

namespace localcloud {

// Made up, when first asked for. Nobody can launch or read one here. Used by one thread.
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
