#include "localcloud/ec2/api/instance_xml.h"

#include <algorithm>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/state/instance_role.h"
#include "localcloud/http/dates.h"

namespace localcloud {
namespace {

void WriteGroups(const Region& region, const std::vector<std::string>& group_ids, XmlWriter* xml) {
  xml->Items("groupSet", group_ids, [&](const std::string& group_id) {
    const auto group = region.security_groups.find(group_id);
    xml->Text("groupId", group_id);
    if (group != region.security_groups.end()) xml->Text("groupName", group->second->name);
  });
}

void WriteRootVolume(const Instance& instance, XmlWriter* xml) {
  const RootVolume& root = instance.spec().root;
  xml->Text("rootDeviceType", kRootDeviceType);
  xml->Text("rootDeviceName", root.device_name);
  xml->Element("blockDeviceMapping", [&] {
    if (instance.state() == InstanceState::kTerminated) return;
    xml->Element("item", [&] {
      xml->Text("deviceName", root.device_name);
      xml->Element("ebs", [&] {
        xml->Text("volumeId", root.id);
        xml->Text("status", "attached");
        xml->Text("attachTime", FormatTime(instance.launch_time()));
        xml->Bool("deleteOnTermination", root.delete_on_termination);
      });
    });
  });
}

void WriteInstanceInterface(const Region& region, const Instance& instance, XmlWriter* xml) {
  xml->Element("networkInterfaceSet", [&] {
    if (instance.state() == InstanceState::kTerminated) return;
    const NetworkInterface& interface = *instance.spec().interface;
    xml->Element("item", [&] {
      xml->Text("networkInterfaceId", interface.id);
      xml->Text("subnetId", interface.subnet_id);
      xml->Text("vpcId", interface.vpc_id);
      xml->Text("ownerId", region.services.account_id);
      xml->Text("status", "in-use");
      xml->Text("macAddress", interface.mac_address);
      xml->Text("privateIpAddress", interface.private_ip);
      xml->Element("ipv6AddressesSet", [&] {
        if (interface.ipv6.empty()) return;
        xml->Element("item", [&] { xml->Text("ipv6Address", interface.ipv6); });
      });
      xml->Bool("sourceDestCheck", true);
      WriteGroups(region, interface.group_ids, xml);
      xml->Element("attachment", [&] {
        xml->Text("attachmentId", "eni-attach-" + interface.id.substr(4));
        xml->Number("deviceIndex", 0);
        xml->Text("status", "attached");
        xml->Text("attachTime", FormatTime(instance.launch_time()));
        xml->Bool("deleteOnTermination", interface.delete_on_termination);
      });
      if (!instance.public_ip().empty()) {
        xml->Element("association", [&] {
          xml->Text("publicIp", instance.public_ip());
          xml->Text("ipOwnerId", "amazon");
        });
      }
    });
  });
}

// The value that Amazon Linux 2023's images request (their ImdsSupport is v2.0).
constexpr int kHopLimit = 2;

// Counts hyper-threads. Graviton types and types with one vCPU have none.
int ThreadsPerCore(const InstanceType& type) {
  return type.architecture == "x86_64" && type.vcpus > 1 ? 2 : 1;
}

void WriteInstance(const Region& region, const Instance& instance, XmlWriter* xml) {
  const LaunchSpec& spec = instance.spec();
  xml->Text("instanceId", instance.id);
  xml->Text("imageId", spec.image->id);
  WriteInstanceState("instanceState", instance.shown_state(), xml);
  xml->Text("privateDnsName", PrivateDnsName(instance));
  xml->Text("dnsName", instance.public_ip());  // a loopback address has no DNS name
  xml->Text("reason", instance.reason());
  xml->OptionalText("keyName", spec.key_name);
  xml->Number("amiLaunchIndex", spec.launch_index);
  xml->Text("instanceType", spec.type->name);
  xml->Text("launchTime", FormatTime(instance.launch_time()));
  xml->Element("placement", [&] {
    xml->Text("availabilityZone", instance.zone());
    xml->Text("groupName", "");
    xml->Text("tenancy", kTenancy);
  });
  xml->Element("monitoring", [&] { xml->Text("state", kMonitoring); });
  if (instance.state() != InstanceState::kTerminated) {
    xml->Text("subnetId", instance.subnet_id());
    xml->Text("vpcId", instance.vpc_id());
    xml->Text("privateIpAddress", instance.private_ip());
    xml->OptionalText("ipAddress", instance.public_ip());
    xml->OptionalText("ipv6Address", spec.interface->ipv6);
    xml->Bool("sourceDestCheck", true);
  }
  WriteGroups(region, instance.group_ids(), xml);
  if (!instance.reason_code().empty()) {
    xml->Element("stateReason", [&] {
      xml->Text("code", instance.reason_code());
      xml->Text("message", instance.reason().empty() ? instance.reason_code() : instance.reason());
    });
  }
  xml->Text("architecture", spec.type->architecture);
  WriteRootVolume(instance, xml);
  xml->OptionalText("instanceLifecycle", spec.spot ? "spot" : "");
  // Each instance has its own request, as with RunInstances. The requests themselves are not
  // modelled.
  if (spec.spot) xml->Text("spotInstanceRequestId", "sir-" + instance.id.substr(2, 8));
  xml->Text("virtualizationType", kVirtualization);
  xml->Text("clientToken", spec.client_token);
  WriteTags(instance.tags, xml);
  xml->Text("hypervisor", kHypervisor);
  xml->Text("platformDetails", kPlatformDetails);
  xml->Text("usageOperation", "RunInstances");  // the operation it is billed as: Linux
  xml->Element("metadataOptions", [&] {
    xml->Text("state", "applied");
    xml->Text("httpTokens", kHttpTokens);
    xml->Number("httpPutResponseHopLimit", kHopLimit);
    xml->Text("httpEndpoint", "enabled");
    xml->Text("httpProtocolIpv6", "disabled");
    xml->Text("instanceMetadataTags", "disabled");
  });
  WriteInstanceInterface(region, instance, xml);
  if (spec.has_role) {
    xml->Element("iamInstanceProfile", [&] {
      xml->Text("arn", InstanceProfileArn(region.services.account_id));
      xml->Text("id", kInstanceProfileId);
    });
  }
  xml->Bool("ebsOptimized", false);
  xml->Bool("enaSupport", true);
  xml->Element("cpuOptions", [&] {
    xml->Number("coreCount", spec.type->vcpus / ThreadsPerCore(*spec.type));
    xml->Number("threadsPerCore", ThreadsPerCore(*spec.type));
  });
  xml->Element("hibernationOptions", [&] { xml->Bool("configured", spec.hibernation); });
}

}  // namespace

std::string PrivateDnsName(const Instance& instance) {
  const std::string ip = instance.private_ip();
  if (ip.empty()) return {};
  std::string name = "ip-" + ip;
  std::replace(name.begin(), name.end(), '.', '-');
  return name + "." + instance.region().name + ".compute.internal";
}

void WriteInstanceState(std::string_view name, InstanceState state, XmlWriter* xml) {
  xml->Element(name, [&] {
    xml->Number("code", static_cast<int>(state));
    xml->Text("name", StateName(state));
  });
}

void WriteReservation(const Region& region, const std::vector<std::shared_ptr<Instance>>& instances,
                      XmlWriter* xml) {
  xml->Text("reservationId", instances.front()->spec().reservation_id);
  xml->Text("ownerId", region.services.account_id);
  xml->Element("groupSet", [] {});
  xml->Items("instancesSet", instances, [&](const std::shared_ptr<Instance>& instance) {
    WriteInstance(region, *instance, xml);
  });
}

}  // namespace localcloud
