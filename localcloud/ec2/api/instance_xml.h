// An instance as RunInstances and DescribeInstances write it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "localcloud/ec2/state/instance.h"
#include "localcloud/ec2/state/region.h"
#include "localcloud/http/xml_writer.h"

namespace localcloud {

// What is the same for all instances here, as answers and filters have it.
inline constexpr char kRootDeviceType[] = "ebs";
inline constexpr char kMonitoring[] = "disabled";
inline constexpr char kPlatformDetails[] = "Linux/UNIX";
inline constexpr char kHypervisor[] = "xen";  // EC2's word for all of its own, Nitro included
inline constexpr char kVirtualization[] = "hvm";
inline constexpr char kTenancy[] = "default";
inline constexpr char kHttpTokens[] = "required";  // the metadata service speaks IMDSv2 only

// "ip-127-10-0-4.us-west-2.compute.internal"; empty once it has terminated.
std::string PrivateDnsName(const Instance& instance);

// reservationId, ownerId, groupSet and instancesSet of one reservation. `instances` is not empty.
void WriteReservation(const Region& region, const std::vector<std::shared_ptr<Instance>>& instances,
                      XmlWriter* xml);
// <name><code>16</code><name>running</name></name>
void WriteInstanceState(std::string_view name, InstanceState state, XmlWriter* xml);

}  // namespace localcloud
