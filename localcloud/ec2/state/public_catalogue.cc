#include "localcloud/ec2/state/public_catalogue.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "localcloud/ec2/state/region.h"

namespace localcloud {
namespace {

constexpr std::size_t kPublishers = 500;

std::string Publisher(std::size_t index) {
  return fmt::format("{:012}", 200'000'000'000 + index % kPublishers);
}

}  // namespace

PublicCatalogue::PublicCatalogue(std::string region, std::size_t images, std::size_t snapshots)
    : region_(std::move(region)), image_count_(images), snapshot_count_(snapshots) {}

const ResourceMap<Image>& PublicCatalogue::images() {
  for (std::size_t i = images_.size(); i < image_count_; ++i) {
    auto image = std::make_shared<Image>();
    image->id = FixedId("ami", fmt::format("{}/public/{}", region_, i));
    image->name = fmt::format("public-image-{:06}", i);
    image->description = "Another account's, made up by the local cloud";
    image->state = "available";
    image->architecture = i % 4 == 0 ? "arm64" : "x86_64";
    image->owner_id = Publisher(i);
    image->is_public = true;
    image->creation_date = fmt::format("2025-{:02}-{:02}T00:00:00.000Z", 1 + i % 12, 1 + i % 28);
    image->snapshot_id = FixedId("snap", image->id);
    images_.emplace(image->id, std::move(image));
  }
  return images_;
}

const ResourceMap<Snapshot>& PublicCatalogue::snapshots() {
  for (std::size_t i = snapshots_.size(); i < snapshot_count_; ++i) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->id = FixedId("snap", fmt::format("{}/public snapshot/{}", region_, i));
    snapshot->owner_id = Publisher(i);
    snapshot->state = "completed";
    snapshot->description = "Another account's, made up by the local cloud";
    snapshot->start_time = "2025-01-01T00:00:00.000Z";
    snapshot->volume_gib = 8;
    snapshots_.emplace(snapshot->id, std::move(snapshot));
  }
  return snapshots_;
}

}  // namespace localcloud
