// Images and snapshots: directory trees with EC2's names.
#include <fmt/format.h>

#include <algorithm>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/api/catalogue_pages.h"
#include "localcloud/ec2/api/filters.h"
#include "localcloud/ec2/api/text_rules.h"
#include "localcloud/ec2/state/instance.h"
#include "localcloud/http/dates.h"
#include "localcloud/loop/timers.h"

namespace localcloud {
namespace {

using Values = std::vector<std::string>;

bool IsAmazons(const Image& image) { return image.owner_id == kAmazonAccount; }

const FilterTable<Image>& ImageFilters() {
  static const FilterTable<Image> filters = {
      {"image-id", [](const Image& i) { return Values{i.id}; }},
      {"name", [](const Image& i) { return Values{i.name}; }},
      {"description", [](const Image& i) { return Values{i.description}; }},
      {"state", [](const Image& i) { return Values{i.state}; }},
      {"architecture", [](const Image& i) { return Values{i.architecture}; }},
      {"owner-id", [](const Image& i) { return Values{i.owner_id}; }},
      {"owner-alias", [](const Image& i) { return IsAmazons(i) ? Values{"amazon"} : Values{}; }},
      {"is-public", [](const Image& i) { return Values{i.is_public ? "true" : "false"}; }},
      {"image-type", [](const Image&) { return Values{"machine"}; }},
      {"root-device-type", [](const Image&) { return Values{"ebs"}; }},
      {"virtualization-type", [](const Image&) { return Values{"hvm"}; }},
      {"block-device-mapping.snapshot-id", [](const Image& i) { return Values{i.snapshot_id}; }},
  };
  return filters;
}

void WriteImage(const Image& image, XmlWriter* xml) {
  xml->Text("imageId", image.id);
  xml->Text("imageLocation", (IsAmazons(image) ? "amazon/" : image.owner_id + "/") + image.name);
  xml->Text("imageState", image.state);
  xml->Text("imageOwnerId", image.owner_id);
  if (IsAmazons(image)) xml->Text("imageOwnerAlias", "amazon");
  xml->Text("creationDate", image.creation_date);
  xml->Bool("isPublic", image.is_public);
  xml->Text("architecture", image.architecture);
  xml->Text("imageType", "machine");
  xml->Text("name", image.name);
  xml->Text("description", image.description);
  xml->Text("rootDeviceType", "ebs");
  xml->Text("rootDeviceName", image.root_device_name);
  xml->Element("blockDeviceMapping", [&] {
    xml->Element("item", [&] {
      xml->Text("deviceName", image.root_device_name);
      xml->Element("ebs", [&] {
        xml->Text("snapshotId", image.snapshot_id);
        xml->Number("volumeSize", image.root_volume_gib);
        xml->Bool("deleteOnTermination", true);
        xml->Text("volumeType", "gp3");
        xml->Bool("encrypted", image.encrypted);
      });
    });
  });
  xml->Text("virtualizationType", "hvm");
  xml->Bool("enaSupport", true);
  xml->Text("hypervisor", "xen");
  if (!image.failure.empty()) {
    xml->Element("stateReason", [&] {
      xml->Text("code", image.failure.substr(0, image.failure.find(':')));
      xml->Text("message", image.failure);
    });
  }
  WriteTags(image.tags, xml);
}

void DescribeImages(Call& call) {
  const Values ids = call.parameters.GetList("ImageId");
  ResourceMap<Image> chosen;
  for (const std::string& id : ids) {
    RequireWellFormed(id, kImageIdErrors);
    const auto image = call.region.images.find(id);
    if (image == call.region.images.end() || !image->second->is_visible()) {
      throw ApiError("InvalidAMIID.NotFound",
                     fmt::format("The image id '[{}]' does not exist", id));
    }
    chosen.insert(*image);
  }
  const Values owners = call.parameters.GetList("Owner");
  RefusePagesOfIds(call.parameters, ids, "imageIdsSet");
  std::string next;
  if (ids.empty()) chosen = call.region.images;
  if (ids.empty() && owners.empty()) {
    const auto& others = call.region.public_catalogue.images();
    chosen.insert(others.begin(), others.end());
    next = TakeUnfilteredPage(call.parameters, 1, &chosen);
  }
  std::erase_if(chosen, [&](const auto& entry) {
    const Image& image = *entry.second;
    return !owners.empty() && std::none_of(owners.begin(), owners.end(), [&](const auto& owner) {
      return owner == image.owner_id || (owner == "amazon" && IsAmazons(image)) ||
             (owner == "self" && !image.is_public);
    });
  });
  auto selected = Select(chosen, ReadFilters(call.parameters), ImageFilters());
  if (!owners.empty()) next = TakePage(call.parameters, 1, &selected);
  call.xml.Items("imagesSet", selected, [&](const auto& image) { WriteImage(*image, &call.xml); });
  call.xml.OptionalText("nextToken", next);
}

// An image and its snapshot are available when both have happened: the tree was copied, which
// starts at once, and the modelled time has passed.
void FinishImage(Region* region, const std::shared_ptr<Image>& image,
                 const std::shared_ptr<Snapshot>& snapshot, const std::string& error,
                 Clock::time_point available_at) {
  if (!error.empty()) {
    image->state = "failed";
    image->failure = error;
    snapshot->state = "error";
    return;
  }
  region->services.timers->After(available_at - Clock::now(), [image, snapshot] {
    snapshot->state = "completed";
    image->state = "available";
  });
}

void CreateImage(Call& call) {
  const auto instance =
      FindById(call.region.instances, call.parameters.Require("InstanceId"), kInstanceIdErrors);
  const std::string name = call.parameters.Require("Name");
  RequireImageName(name);
  for (const auto& [id, image] : call.region.images) {
    if (image->name == name && !image->is_public) {
      throw ApiError("InvalidAMIName.Duplicate",
                     fmt::format("AMI name {} is already in use by AMI {}", name, id));
    }
  }
  if (instance->state() != InstanceState::kRunning &&
      instance->state() != InstanceState::kStopped) {
    throw ApiError("IncorrectInstanceState",
                   fmt::format("Instance '{}' is not 'stopped' or 'running'.", instance->id));
  }
  const bool running = instance->state() == InstanceState::kRunning;
  if (running && call.region.machines->volumes().NeedsPowerOff()) {
    throw ApiError("UnsupportedOperation",
                   "localcloud makes images of virtual machines that are stopped: stop it first");
  }
  if (running && !call.parameters.GetBool("NoReboot", false)) {
    throw ApiError("UnsupportedOperation",
                   "localcloud does not reboot an instance for an image: stop it first, or pass "
                   "NoReboot");
  }
  const std::set<std::string> created = {"image", "snapshot"};
  Region* region = &call.region;
  auto image = std::make_shared<Image>();
  auto snapshot = std::make_shared<Snapshot>();
  image->tags = ReadTagSpecifications(call.parameters, "image", created);
  snapshot->tags = ReadTagSpecifications(call.parameters, "snapshot", created);
  image->id = region->NewId("ami");
  image->ordinal = region->NextOrdinal();
  image->name = name;
  image->description = call.parameters.Get("Description");
  image->state = "pending";
  image->architecture = instance->spec().type->architecture;
  image->owner_id = region->services.account_id;
  image->creation_date = FormatTime(std::chrono::system_clock::now());
  image->root_volume_gib = instance->spec().root.gib;
  image->encrypted = instance->spec().root.encrypted;
  image->tree = region->services.directory + "/images/" + image->id;
  snapshot->id = region->NewId("snap");
  snapshot->ordinal = region->NextOrdinal();
  snapshot->state = "pending";
  snapshot->owner_id = image->owner_id;
  snapshot->description = fmt::format("Created by CreateImage({}) for {}", instance->id, image->id);
  snapshot->start_time = image->creation_date;
  snapshot->volume_gib = image->root_volume_gib;
  snapshot->volume_id = instance->spec().root.id;
  snapshot->encrypted = image->encrypted;
  image->snapshot_id = snapshot->id;
  region->Settle(image.get());
  region->Settle(snapshot.get());
  region->images.emplace(image->id, image);
  region->snapshots.emplace(snapshot->id, snapshot);
  const Clock::time_point available_at =
      Clock::now() + region->Draw(region->latencies.lifecycle.image_available,
                                  fmt::format("image/{}", region->CountOf("image")));
  instance->CopyRoot(image->tree,
                     [region, image, snapshot, available_at](const std::string& error) {
                       FinishImage(region, image, snapshot, error, available_at);
                     });
  call.xml.Text("imageId", image->id);
}

void DeregisterImage(Call& call) {
  const auto image =
      FindById(call.region.images, call.parameters.Require("ImageId"), kImageIdErrors);
  if (image->is_public) {
    throw ApiError("AuthFailure", fmt::format("Not authorized for images: [{}]", image->id), 403);
  }
  call.region.RemoveTree(image->tree);
  call.region.images.erase(image->id);
  call.xml.Bool("return", true);
}

void DescribeSnapshots(Call& call) {
  static const FilterTable<Snapshot> kFilters = {
      {"snapshot-id", [](const Snapshot& s) { return Values{s.id}; }},
      {"status", [](const Snapshot& s) { return Values{s.state}; }},
      {"volume-id", [](const Snapshot& s) { return Values{s.volume_id}; }},
      {"description", [](const Snapshot& s) { return Values{s.description}; }},
      {"owner-alias", [](const Snapshot&) { return Values{}; }},
  };
  const std::string& account = call.region.services.account_id;
  const Values ids = call.parameters.GetList("SnapshotId");
  RefusePagesOfIds(call.parameters, ids, "snapshotSet");
  ResourceMap<Snapshot> chosen = ChooseByIds(call.region.snapshots, ids, kSnapshotIdErrors);
  const Values owners = call.parameters.GetList("Owner");
  const bool ours = owners.empty() || std::any_of(owners.begin(), owners.end(), [&](const auto& o) {
                      return o == "self" || o == account;
                    });
  if (!ours) chosen.clear();
  std::string next;
  if (ids.empty() && owners.empty()) {
    const auto& others = call.region.public_catalogue.snapshots();
    chosen.insert(others.begin(), others.end());
    next = TakeUnfilteredPage(call.parameters, 5, &chosen);
  }
  auto selected = Select(chosen, ReadFilters(call.parameters), kFilters);
  if (!owners.empty()) next = TakePage(call.parameters, 5, &selected);
  call.xml.Items("snapshotSet", selected, [&](const auto& snapshot) {
    call.xml.Text("snapshotId", snapshot->id);
    call.xml.Text("volumeId", snapshot->volume_id);
    call.xml.Text("status", snapshot->state);
    call.xml.Text("startTime", snapshot->start_time);
    call.xml.Text("progress", snapshot->state == "completed" ? "100%" : "0%");
    call.xml.Text("ownerId", snapshot->owner_id);
    call.xml.Number("volumeSize", snapshot->volume_gib);
    call.xml.Text("description", snapshot->description);
    call.xml.Bool("encrypted", snapshot->encrypted);
    WriteTags(snapshot->tags, &call.xml);
  });
  call.xml.OptionalText("nextToken", next);
}

void DeleteSnapshot(Call& call) {
  const auto snapshot =
      FindById(call.region.snapshots, call.parameters.Require("SnapshotId"), kSnapshotIdErrors);
  for (const auto& [id, image] : call.region.images) {
    if (image->snapshot_id == snapshot->id) {
      throw ApiError("InvalidSnapshot.InUse",
                     fmt::format("The snapshot {} is currently in use by {}", snapshot->id, id));
    }
  }
  call.region.snapshots.erase(snapshot->id);
  call.xml.Bool("return", true);
}

}  // namespace

void AddImageActions(ActionTable* table) {
  (*table)["DescribeImages"] = {
      DescribeImages,
      {"ImageId", "Owner", "Filter", "MaxResults", "NextToken", "IncludeDeprecated"}};
  (*table)["CreateImage"] = {CreateImage,
                             {"InstanceId", "Name", "Description", "NoReboot", "TagSpecification"}};
  (*table)["DeregisterImage"] = {DeregisterImage, {"ImageId"}};
  (*table)["DescribeSnapshots"] = {DescribeSnapshots,
                                   {"SnapshotId", "Owner", "Filter", "MaxResults", "NextToken"}};
  (*table)["DeleteSnapshot"] = {DeleteSnapshot, {"SnapshotId"}};
}

}  // namespace localcloud
