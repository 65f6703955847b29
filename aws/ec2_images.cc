// Ec2: images, their snapshots, and volumes.
#include <algorithm>
#include <pugixml.hpp>
#include <tuple>
#include <utility>

#include "aws/ec2.h"
#include "aws/ec2_wire.h"

namespace aws {

using namespace ec2_wire;

namespace {

Image ParseImage(const pugi::xml_node& item) {
  Image image;
  image.image_id = Text(item, "imageId");
  image.name = Text(item, "name");
  image.state = Text(item, "imageState");
  image.architecture = Text(item, "architecture");
  image.root_device_name = Text(item, "rootDeviceName");
  image.creation_date = Text(item, "creationDate");
  for (const pugi::xml_node& device : item.child("blockDeviceMapping").children("item")) {
    const pugi::xml_node ebs = device.child("ebs");
    std::string snapshot = Text(ebs, "snapshotId");
    if (!snapshot.empty()) image.snapshot_ids.push_back(std::move(snapshot));
    if (Text(device, "deviceName") == image.root_device_name) {
      image.root_volume_gib = ebs.child("volumeSize").text().as_llong();
    }
  }
  image.tags = Tags(item);
  return image;
}

}  // namespace

std::vector<Image> Ec2::DescribeImages(const std::vector<Filter>& filters,
                                       const CallOptions& options) {
  QueryParameters parameters = {{"MaxResults", "1000"}, {"Owner.1", "self"}};
  AddFilters(&parameters, filters);
  std::vector<Image> images;
  CallPages(*client_, "DescribeImages", std::move(parameters), "imagesSet", options,
            [&images](const pugi::xml_node& item) { images.push_back(ParseImage(item)); });
  std::sort(images.begin(), images.end(), [](const Image& a, const Image& b) {
    return std::tie(a.creation_date, a.image_id) < std::tie(b.creation_date, b.image_id);
  });
  return images;
}

std::optional<Image> Ec2::DescribeImageById(const std::string& image_id,
                                            const CallOptions& options) {
  try {
    std::optional<Image> image;
    CallPages(*client_, "DescribeImages", {{"ImageId.1", image_id}, {"IncludeDeprecated", "true"}},
              "imagesSet", options,
              [&image](const pugi::xml_node& item) { image = ParseImage(item); });
    return image;
  } catch (const Error& error) {
    for (const char* none : {"NotFound", "Unavailable", "Malformed"}) {
      if (error.code() == std::string("InvalidAMIID.") + none) return std::nullopt;
    }
    throw;
  }
}

std::string Ec2::CreateImage(const std::string& instance_id, const std::string& name,
                             const std::vector<Tag>& tags, const CallOptions& options) {
  QueryParameters parameters = {{"InstanceId", instance_id}, {"Name", name}};
  AddTagSpecifications(&parameters, {"image", "snapshot"}, tags);
  try {
    std::string id =
        Call(*client_, "CreateImage", parameters, fresh_.ForUseOf({instance_id}, options))
            .Require("imageId");
    fresh_.Add(id);
    return id;
  } catch (const Error& error) {
    if (error.code() != "InvalidAMIName.Duplicate") throw;
    const auto images = DescribeImages({{"name", {name}}}, options);
    const Image* ours = FindTagged(images, tags);
    if (ours == nullptr) throw;
    return ours->image_id;
  }
}

void Ec2::DeregisterImage(const std::string& image_id, const CallOptions& options) {
  Call(*client_, "DeregisterImage", {{"ImageId", image_id}},
       fresh_.ForRemovalOf(image_id, options));
}

std::vector<Snapshot> Ec2::DescribeSnapshots(const std::vector<Filter>& filters,
                                             const CallOptions& options) {
  QueryParameters parameters = {{"MaxResults", "1000"}, {"Owner.1", "self"}};
  AddFilters(&parameters, filters);
  std::vector<Snapshot> snapshots;
  CallPages(*client_, "DescribeSnapshots", std::move(parameters), "snapshotSet", options,
            [&snapshots](const pugi::xml_node& item) {
              snapshots.push_back({Text(item, "snapshotId"), Text(item, "status"),
                                   Text(item, "startTime"), Tags(item)});
            });
  std::sort(snapshots.begin(), snapshots.end(),
            [](const Snapshot& a, const Snapshot& b) { return a.snapshot_id < b.snapshot_id; });
  return snapshots;
}

void Ec2::DeleteSnapshot(const std::string& snapshot_id, const CallOptions& options) {
  Call(*client_, "DeleteSnapshot", {{"SnapshotId", snapshot_id}},
       fresh_.ForRemovalOf(snapshot_id, options));
}

std::vector<Volume> Ec2::DescribeVolumes(const std::vector<Filter>& filters,
                                         const CallOptions& options) {
  QueryParameters parameters = {{"MaxResults", "500"}};
  AddFilters(&parameters, filters);
  std::vector<Volume> volumes;
  CallPages(*client_, "DescribeVolumes", std::move(parameters), "volumeSet", options,
            [&volumes](const pugi::xml_node& item) {
              volumes.push_back({Text(item, "volumeId"), Text(item, "status"),
                                 Text(item, "createTime"), Tags(item)});
            });
  return volumes;
}

void Ec2::DeleteVolume(const std::string& volume_id, const CallOptions& options) {
  Call(*client_, "DeleteVolume", {{"VolumeId", volume_id}},
       fresh_.ForRemovalOf(volume_id, options));
}

}  // namespace aws
