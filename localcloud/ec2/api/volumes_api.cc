// DescribeVolumes and DeleteVolume for root volumes, both attached ones and those left behind by
// terminated instances.
#include <fmt/format.h>

#include <algorithm>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/api/filters.h"
#include "localcloud/ec2/state/instance.h"

namespace localcloud {
namespace {

using Values = std::vector<std::string>;

ResourceMap<Volume> VolumesOf(const Region& region) {
  ResourceMap<Volume> volumes = region.volumes;
  for (const auto& [id, instance] : region.instances) {
    if (instance->state() == InstanceState::kTerminated || !instance->is_visible()) continue;
    auto volume = instance->NewVolume();
    // The same call created both.
    volume->visible_at = instance->visible_at;
    volume->tags_indexed_at = instance->tags_indexed_at;
    volumes.emplace(volume->id, std::move(volume));
  }
  return volumes;
}

std::string VolumeStatus(const Volume& volume) {
  return volume.instance_id.empty() ? "available" : "in-use";
}

// Returns the value only if the volume is attached.
Values IfAttached(const Volume& volume, const std::string& value) {
  return volume.instance_id.empty() ? Values{} : Values{value};
}

const FilterTable<Volume>& VolumeFilters() {
  static const FilterTable<Volume> filters = {
      {"volume-id", [](const Volume& v) { return Values{v.id}; }},
      {"status", [](const Volume& v) { return Values{VolumeStatus(v)}; }},
      {"size", [](const Volume& v) { return Values{std::to_string(v.gib)}; }},
      {"volume-type", [](const Volume& v) { return Values{v.type}; }},
      {"availability-zone", [](const Volume& v) { return Values{v.zone}; }},
      {"snapshot-id", [](const Volume& v) { return Values{v.snapshot_id}; }},
      {"attachment.instance-id", [](const Volume& v) { return IfAttached(v, v.instance_id); }},
      {"attachment.status", [](const Volume& v) { return IfAttached(v, "attached"); }},
      {"attachment.device", [](const Volume& v) { return IfAttached(v, v.device_name); }},
      {"encrypted", [](const Volume& v) { return Values{v.encrypted ? "true" : "false"}; }},
  };
  return filters;
}

void WriteAttachment(const Volume& volume, XmlWriter* xml) {
  xml->Text("volumeId", volume.id);
  xml->Text("instanceId", volume.instance_id);
  xml->Text("device", volume.device_name);
  xml->Text("status", "attached");
  xml->Text("attachTime", volume.create_time);
  xml->Bool("deleteOnTermination", volume.delete_on_termination);
}

// Returns the ARN of the account's key aws/ebs. Its id is a UUID; here it is always the same in a
// region.
std::string DefaultEbsKey(const Region& region) {
  const std::string digits = FixedId("", region.name + "/aws/ebs").substr(2);
  return fmt::format("arn:aws:kms:{}:{}:key/{}-0000-4000-8000-{}", region.name,
                     region.services.account_id, digits.substr(0, 8), digits.substr(4, 12));
}

void WriteVolume(const Region& region, const Volume& volume, XmlWriter* xml) {
  xml->Text("volumeId", volume.id);
  xml->Number("size", volume.gib);
  xml->Text("snapshotId", volume.snapshot_id);
  xml->Text("availabilityZone", volume.zone);
  xml->Text("status", VolumeStatus(volume));
  xml->Text("createTime", volume.create_time);
  xml->Text("volumeType", volume.type);
  xml->Bool("encrypted", volume.encrypted);
  // The performance that a volume has if the caller requests no other (EBS volume types).
  if (volume.type == "gp3") {
    xml->Number("iops", 3000);
    xml->Number("throughput", 125);
  } else if (volume.type == "gp2") {
    xml->Number("iops", std::clamp<std::int64_t>(3 * volume.gib, 100, 16'000));
  }
  if (volume.encrypted) xml->Text("kmsKeyId", DefaultEbsKey(region));
  xml->Bool("multiAttachEnabled", false);
  xml->Element("attachmentSet", [&] {
    if (volume.instance_id.empty()) return;
    xml->Element("item", [&] { WriteAttachment(volume, xml); });
  });
  WriteTags(volume.tags, xml);
}

void DescribeVolumes(Call& call) {
  auto selected = Select(
      ChooseByIds(VolumesOf(call.region), call.parameters.GetList("VolumeId"), kVolumeIdErrors),
      ReadFilters(call.parameters), VolumeFilters());
  const std::string next = TakePage(call.parameters, 5, &selected);
  call.xml.Items("volumeSet", selected,
                 [&](const auto& volume) { WriteVolume(call.region, *volume, &call.xml); });
  call.xml.OptionalText("nextToken", next);
}

void DeleteVolume(Call& call) {
  const auto volume =
      FindById(VolumesOf(call.region), call.parameters.Require("VolumeId"), kVolumeIdErrors);
  if (!volume->instance_id.empty()) {
    throw ApiError("VolumeInUse", fmt::format("Volume {} is currently attached to {}", volume->id,
                                              volume->instance_id));
  }
  call.region.volumes.erase(volume->id);
  call.xml.Bool("return", true);
}

}  // namespace

void AddVolumeActions(ActionTable* table) {
  (*table)["DescribeVolumes"] = {DescribeVolumes,
                                 {"VolumeId", "Filter", "MaxResults", "NextToken"}};
  (*table)["DeleteVolume"] = {DeleteVolume, {"VolumeId"}};
}

}  // namespace localcloud
