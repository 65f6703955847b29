// Writes an instance in the form of RunInstances and DescribeInstances.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "localcloud/ec2/state/instance.h"
#include "localcloud/ec2/state/region.h"
#include "localcloud/http/xml_writer.h"

namespace localcloud {

// Values that are the same for all instances of the local cloud, in answers and filters.
inline constexpr char kRootDeviceType[] = "ebs";
inline constexpr char kMonitoring[] = "disabled";
inline constexpr char kPlatformDetails[] = "Linux/UNIX";
// EC2's value for all of its own hypervisors, Nitro included.
inline constexpr char kHypervisor[] = "xen";
inline constexpr char kVirtualization[] = "hvm";
inline constexpr char kTenancy[] = "default";
inline constexpr char kHttpTokens[] = "required";  // the metadata service accepts only IMDSv2

// Returns "ip-127-10-0-4.us-west-2.compute.internal"; empty if the instance is terminated.
std::string PrivateDnsName(const Instance& instance);

// Writes reservationId, ownerId, groupSet and instancesSet of one reservation. Requires:
// `instances` is not empty.
void WriteReservation(const Region& region, const std::vector<std::shared_ptr<Instance>>& instances,
                      XmlWriter* xml);
// Writes <name><code>16</code><name>running</name></name>.
void WriteInstanceState(std::string_view name, InstanceState state, XmlWriter* xml);

}  // namespace localcloud
