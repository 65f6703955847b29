// Ec2: instances.
#include <fmt/format.h>

#include <pugixml.hpp>
#include <stdexcept>
#include <utility>

#include "aws/ec2.h"
#include "aws/ec2_wire.h"

namespace aws {

using namespace ec2_wire;

namespace {

Instance ParseInstance(const pugi::xml_node& item) {
  Instance instance;
  instance.instance_id = Text(item, "instanceId");
  instance.state = Text(item.child("instanceState"), "name");
  instance.image_id = Text(item, "imageId");
  instance.instance_type = Text(item, "instanceType");
  instance.availability_zone = Text(item.child("placement"), "availabilityZone");
  instance.subnet_id = Text(item, "subnetId");
  instance.vpc_id = Text(item, "vpcId");
  instance.public_ip = Text(item, "ipAddress");
  instance.private_ip = Text(item, "privateIpAddress");
  instance.ipv6 = Text(item, "ipv6Address");
  instance.client_token = Text(item, "clientToken");
  instance.spot = Text(item, "instanceLifecycle") == "spot";
  const pugi::xml_node reason = item.child("stateReason");
  instance.state_reason = Text(reason, reason.child("message") ? "message" : "code");
  instance.root_device_name = Text(item, "rootDeviceName");
  instance.launch_time = Text(item, "launchTime");
  for (const pugi::xml_node& device : item.child("blockDeviceMapping").children("item")) {
    std::string volume = Text(device.child("ebs"), "volumeId");
    if (!volume.empty()) instance.volume_ids.push_back(std::move(volume));
  }
  for (const pugi::xml_node& interface : item.child("networkInterfaceSet").children("item")) {
    instance.network_interface_ids.push_back(Text(interface, "networkInterfaceId"));
    const pugi::xml_node ipv6 = interface.child("ipv6AddressesSet").child("item");
    if (instance.ipv6.empty()) instance.ipv6 = Text(ipv6, "ipv6Address");
  }
  instance.tags = Tags(item);
  return instance;
}

std::vector<StateChange> ParseStateChanges(const Answer& answer) {
  std::vector<StateChange> changes;
  for (const pugi::xml_node& item : answer.root().child("instancesSet").children("item")) {
    changes.push_back({Text(item, "instanceId"), Text(item.child("previousState"), "name"),
                       Text(item.child("currentState"), "name")});
  }
  return changes;
}

// A request for an address is only possible as a property of the interface. EC2 then requires
// subnet and groups as properties of the interface, too.
void AddNetwork(QueryParameters* parameters, const RunInstancesRequest& request) {
  if (!request.network_interface_id.empty()) {
    parameters->emplace_back("NetworkInterface.1.DeviceIndex", "0");
    parameters->emplace_back("NetworkInterface.1.NetworkInterfaceId", request.network_interface_id);
    return;
  }
  const bool on_interface = request.associate_public_ipv4 || request.assign_ipv6;
  const std::string prefix = on_interface ? "NetworkInterface.1." : "";
  if (on_interface) {
    parameters->emplace_back(prefix + "DeviceIndex", "0");
    parameters->emplace_back(prefix + "DeleteOnTermination", "true");
  }
  if (request.associate_public_ipv4) {
    parameters->emplace_back(prefix + "AssociatePublicIpAddress", "true");
  }
  if (request.assign_ipv6) parameters->emplace_back(prefix + "Ipv6AddressCount", "1");
  if (!request.subnet_id.empty()) parameters->emplace_back(prefix + "SubnetId", request.subnet_id);
  AddList(parameters, prefix + "SecurityGroupId", request.security_group_ids);
}

void AddRootVolume(QueryParameters* parameters, const BlockDevice& volume) {
  const std::string prefix = "BlockDeviceMapping.1.";
  parameters->emplace_back(prefix + "DeviceName", volume.device_name);
  parameters->emplace_back(prefix + "Ebs.DeleteOnTermination", "true");
  if (volume.volume_gib > 0) {
    parameters->emplace_back(prefix + "Ebs.VolumeSize", std::to_string(volume.volume_gib));
  }
  if (!volume.volume_type.empty()) {
    parameters->emplace_back(prefix + "Ebs.VolumeType", volume.volume_type);
  }
  if (volume.encrypted) parameters->emplace_back(prefix + "Ebs.Encrypted", "true");
}

void AddProfile(QueryParameters* parameters, const std::string& profile) {
  if (profile.empty()) return;
  const bool is_arn = profile.starts_with("arn:");
  parameters->emplace_back(is_arn ? "IamInstanceProfile.Arn" : "IamInstanceProfile.Name", profile);
}

// A call can only tag what it creates, so not an interface that exists already.
std::vector<std::string> TaggedResources(const RunInstancesRequest& request) {
  std::vector<std::string> types = {"instance", "volume"};
  if (request.network_interface_id.empty()) types.emplace_back("network-interface");
  if (request.spot) types.emplace_back("spot-instances-request");
  return types;
}

QueryParameters EncodeRunInstances(const RunInstancesRequest& request) {
  QueryParameters parameters = {{"ClientToken", request.client_token},
                                {"ImageId", request.image_id},
                                {"InstanceType", request.instance_type},
                                {"MinCount", std::to_string(request.min_count)},
                                {"MaxCount", std::to_string(request.max_count)}};
  if (!request.key_name.empty()) parameters.emplace_back("KeyName", request.key_name);
  if (!request.user_data.empty()) {
    parameters.emplace_back("UserData", EncodeBase64(request.user_data));
  }
  AddNetwork(&parameters, request);
  AddProfile(&parameters, request.iam_instance_profile);
  if (request.root_volume) AddRootVolume(&parameters, *request.root_volume);
  if (request.hibernation) parameters.emplace_back("HibernationOptions.Configured", "true");
  if (request.spot) {
    parameters.emplace_back("InstanceMarketOptions.MarketType", "spot");
    parameters.emplace_back("InstanceMarketOptions.SpotOptions.SpotInstanceType", "one-time");
  }
  parameters.emplace_back("InstanceInitiatedShutdownBehavior",
                          request.terminate_on_shutdown ? "terminate" : "stop");
  parameters.emplace_back("MetadataOptions.HttpEndpoint", "enabled");
  parameters.emplace_back("MetadataOptions.HttpTokens", "required");  // IMDSv2 only
  AddTagSpecifications(&parameters, TaggedResources(request), request.tags);
  return parameters;
}

std::vector<std::string> NamedIds(const RunInstancesRequest& request) {
  std::vector<std::string> ids = request.security_group_ids;
  for (const std::string& id :
       {request.image_id, request.key_name, request.subnet_id, request.network_interface_id}) {
    if (!id.empty()) ids.push_back(id);
  }
  return ids;
}

}  // namespace

std::vector<Instance> Ec2::RunInstances(const RunInstancesRequest& request,
                                        const CallOptions& options) {
  if (request.client_token.empty()) {
    throw std::invalid_argument("RunInstances without a client token could launch twice");
  }
  const Answer answer = Call(*client_, "RunInstances", EncodeRunInstances(request),
                             fresh_.ForUseOf(NamedIds(request), options));
  std::vector<Instance> instances;
  for (const pugi::xml_node& item : answer.root().child("instancesSet").children("item")) {
    instances.push_back(ParseInstance(item));
    fresh_.Add(instances.back().instance_id);
    fresh_.Add(instances.back().volume_ids);
    // An interface that the request named may be old.
    if (request.network_interface_id.empty()) fresh_.Add(instances.back().network_interface_ids);
  }
  return instances;
}

std::vector<Instance> Ec2::DescribeInstances(const std::vector<Filter>& filters,
                                             const CallOptions& options) {
  QueryParameters parameters = {{"MaxResults", "1000"}};  // the most EC2 allows
  AddFilters(&parameters, filters);
  std::vector<Instance> instances;
  CallPages(
      *client_, "DescribeInstances", std::move(parameters), "reservationSet", options,
      [&instances](const pugi::xml_node& reservation) {
        for (const pugi::xml_node& item : reservation.child("instancesSet").children("item")) {
          instances.push_back(ParseInstance(item));
        }
      });
  return instances;
}

std::vector<StateChange> Ec2::StartInstances(const std::vector<std::string>& instance_ids,
                                             const CallOptions& options) {
  QueryParameters parameters;
  AddList(&parameters, "InstanceId", instance_ids);
  return ParseStateChanges(
      Call(*client_, "StartInstances", parameters, fresh_.ForUseOf(instance_ids, options)));
}

std::vector<StateChange> Ec2::StopInstances(const std::vector<std::string>& instance_ids,
                                            bool hibernate, const CallOptions& options) {
  QueryParameters parameters;
  AddList(&parameters, "InstanceId", instance_ids);
  if (hibernate) parameters.emplace_back("Hibernate", "true");
  return ParseStateChanges(
      Call(*client_, "StopInstances", parameters, fresh_.ForUseOf(instance_ids, options)));
}

std::vector<StateChange> Ec2::TerminateInstances(const std::vector<std::string>& instance_ids,
                                                 const CallOptions& options) {
  QueryParameters parameters;
  AddList(&parameters, "InstanceId", instance_ids);
  return ParseStateChanges(Call(*client_, "TerminateInstances", parameters, options));
}

std::string Ec2::GetConsoleOutput(const std::string& instance_id, const CallOptions& options) {
  const QueryParameters parameters = {{"InstanceId", instance_id}};
  QueryParameters latest = parameters;
  latest.emplace_back("Latest", "true");
  try {
    const Answer answer = Call(*client_, "GetConsoleOutput", latest, options);
    return DecodeBase64(Text(answer.root(), "output"));
  } catch (const Error& error) {
    // Only Nitro machines have the latest console output.
    if (error.code() != "UnsupportedOperation") throw;
  }
  const Answer answer = Call(*client_, "GetConsoleOutput", parameters, options);
  return DecodeBase64(Text(answer.root(), "output"));
}

}  // namespace aws
