// DescribeVolumes: the root volumes of instances; there are no others.
#include "localcloud/api.h"
#include "localcloud/filters.h"
#include "localcloud/instance.h"

namespace localcloud {
namespace {

using Values = std::vector<std::string>;

// A root volume as DescribeVolumes sees it.
struct Volume : Resource {
  std::shared_ptr<Instance> instance;
};

ResourceMap<Volume> VolumesOf(const Region& region) {
  ResourceMap<Volume> volumes;
  for (const auto& [id, instance] : region.instances) {
    if (instance->state() == InstanceState::kTerminated || !instance->found()) continue;
    auto volume = std::make_shared<Volume>();
    volume->id = instance->spec().root.id;
    volume->ordinal = instance->ordinal;
    volume->tags = instance->spec().root.tags;
    volume->instance = instance;
    volumes.emplace(volume->id, volume);
  }
  return volumes;
}

const FilterTable<Volume>& VolumeFilters() {
  static const FilterTable<Volume> filters = {
      {"volume-id", [](const Volume& v) { return Values{v.id}; }},
      {"status", [](const Volume&) { return Values{"in-use"}; }},
      {"size", [](const Volume& v) { return Values{std::to_string(v.instance->spec().root.gib)}; }},
      {"volume-type", [](const Volume& v) { return Values{v.instance->spec().root.type}; }},
      {"availability-zone", [](const Volume& v) { return Values{v.instance->zone()}; }},
      {"snapshot-id",
       [](const Volume& v) { return Values{v.instance->spec().image->snapshot_id}; }},
      {"attachment.instance-id", [](const Volume& v) { return Values{v.instance->id}; }},
      {"attachment.status", [](const Volume&) { return Values{"attached"}; }},
      {"attachment.device",
       [](const Volume& v) { return Values{v.instance->spec().root.device_name}; }},
      {"encrypted",
       [](const Volume& v) {
         return Values{v.instance->spec().root.encrypted ? "true" : "false"};
       }},
  };
  return filters;
}

void WriteVolume(const Volume& volume, XmlWriter* xml) {
  const Instance& instance = *volume.instance;
  const RootVolume& root = instance.spec().root;
  xml->Text("volumeId", volume.id);
  xml->Number("size", root.gib);
  xml->Text("snapshotId", instance.spec().image->snapshot_id);
  xml->Text("availabilityZone", instance.zone());
  xml->Text("status", "in-use");
  xml->Text("createTime", FormatTime(instance.launch_time()));
  xml->Text("volumeType", root.type);
  xml->Bool("encrypted", root.encrypted);
  xml->Element("attachmentSet", [&] {
    xml->Element("item", [&] {
      xml->Text("volumeId", volume.id);
      xml->Text("instanceId", instance.id);
      xml->Text("device", root.device_name);
      xml->Text("status", "attached");
      xml->Text("attachTime", FormatTime(instance.launch_time()));
      xml->Bool("deleteOnTermination", root.delete_on_termination);
    });
  });
  WriteTags(volume.tags, xml);
}

void DescribeVolumes(Call& call) {
  auto selected = Select(
      ChooseByIds(VolumesOf(call.region), call.parameters.GetList("VolumeId"), kVolumeIdErrors),
      ReadFilters(call.parameters), VolumeFilters());
  const std::string next = TakePage(call.parameters, 5, &selected);
  call.xml.Items("volumeSet", selected,
                 [&](const auto& volume) { WriteVolume(*volume, &call.xml); });
  call.xml.OptionalText("nextToken", next);
}

}  // namespace

void AddVolumeActions(ActionTable* table) {
  (*table)["DescribeVolumes"] = {DescribeVolumes,
                                 {"VolumeId", "Filter", "MaxResults", "NextToken"}};
}

}  // namespace localcloud
