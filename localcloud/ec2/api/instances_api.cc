// Actions on existing instances.
#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/api/filters.h"
#include "localcloud/ec2/api/instance_xml.h"
#include "localcloud/ec2/state/instance.h"
#include "localcloud/ec2/state/instance_role.h"
#include "localcloud/ec2/state/key_material.h"
#include "localcloud/http/dates.h"

namespace localcloud {
namespace {

using Values = std::vector<std::string>;

Values GroupNames(const Instance& instance) {
  Values names;
  for (const std::string& id : instance.group_ids()) {
    const auto group = instance.region().security_groups.find(id);
    if (group != instance.region().security_groups.end()) names.push_back(group->second->name);
  }
  return names;
}

const FilterTable<Instance>& InstanceFilters() {
  static const FilterTable<Instance> filters = {
      {"instance-id", [](const Instance& i) { return Values{i.id}; }},
      {"instance-state-name", [](const Instance& i) { return Values{StateName(i.shown_state())}; }},
      {"instance-state-code",
       [](const Instance& i) { return Values{std::to_string(static_cast<int>(i.shown_state()))}; }},
      {"instance-type", [](const Instance& i) { return Values{i.spec().type->name}; }},
      {"image-id", [](const Instance& i) { return Values{i.spec().image->id}; }},
      {"architecture", [](const Instance& i) { return Values{i.spec().type->architecture}; }},
      {"client-token", [](const Instance& i) { return Values{i.spec().client_token}; }},
      {"key-name", [](const Instance& i) { return Values{i.spec().key_name}; }},
      {"reservation-id", [](const Instance& i) { return Values{i.spec().reservation_id}; }},
      {"availability-zone", [](const Instance& i) { return Values{i.zone()}; }},
      {"subnet-id", [](const Instance& i) { return Values{i.subnet_id()}; }},
      {"vpc-id", [](const Instance& i) { return Values{i.vpc_id()}; }},
      {"instance.group-id", [](const Instance& i) { return i.group_ids(); }},
      {"network-interface.group-id", [](const Instance& i) { return i.group_ids(); }},
      {"network-interface.network-interface-id",
       [](const Instance& i) { return Values{i.spec().interface->id}; }},
      {"ip-address", [](const Instance& i) { return Values{i.public_ip()}; }},
      {"private-ip-address", [](const Instance& i) { return Values{i.private_ip()}; }},
      {"block-device-mapping.volume-id",
       [](const Instance& i) { return Values{i.spec().root.id}; }},
      {"instance-lifecycle",
       [](const Instance& i) { return i.spec().spot ? Values{"spot"} : Values{}; }},
      {"instance.group-name", GroupNames},
      {"network-interface.group-name", GroupNames},
      {"dns-name", [](const Instance& i) { return Values{i.public_ip()}; }},
      {"private-dns-name", [](const Instance& i) { return Values{PrivateDnsName(i)}; }},
      {"launch-time", [](const Instance& i) { return Values{FormatTime(i.launch_time())}; }},
      {"owner-id", [](const Instance& i) { return Values{i.region().services.account_id}; }},
      {"root-device-name", [](const Instance& i) { return Values{i.spec().root.device_name}; }},
      {"root-device-type", [](const Instance&) { return Values{kRootDeviceType}; }},
      {"monitoring-state", [](const Instance&) { return Values{kMonitoring}; }},
      {"platform-details", [](const Instance&) { return Values{kPlatformDetails}; }},
      {"hypervisor", [](const Instance&) { return Values{kHypervisor}; }},
      {"virtualization-type", [](const Instance&) { return Values{kVirtualization}; }},
      {"tenancy", [](const Instance&) { return Values{kTenancy}; }},
      {"metadata-options.http-tokens", [](const Instance&) { return Values{kHttpTokens}; }},
      {"iam-instance-profile.arn",
       [](const Instance& i) {
         return i.spec().has_role ? Values{InstanceProfileArn(i.region().services.account_id)}
                                  : Values{};
       }},
      {"state-reason-code", [](const Instance& i) { return Values{i.reason_code()}; }},
      {"hibernation-options.configured",
       [](const Instance& i) { return Values{i.spec().hibernation ? "true" : "false"}; }},
  };
  return filters;
}

// One error lists all unknown ids, as on EC2.
ResourceMap<Instance> ChooseInstances(Call& call) {
  const Values ids = call.parameters.GetList("InstanceId");
  if (ids.empty()) return call.region.instances;
  RefusePagesOfIds(call.parameters, ids, "instancesSet");
  ResourceMap<Instance> chosen;
  Values unknown;
  for (const std::string& id : ids) {
    RequireWellFormed(id, kInstanceIdErrors);
    const auto found = call.region.instances.find(id);
    if (found == call.region.instances.end() || !found->second->is_visible()) {
      unknown.push_back(id);
    } else {
      chosen.insert(*found);
    }
  }
  if (unknown.size() == 1) ThrowNotFound(unknown.front(), kInstanceIdErrors);
  if (!unknown.empty()) {
    throw ApiError("InvalidInstanceID.NotFound",
                   fmt::format("The instance IDs '{}' do not exist", fmt::join(unknown, ", ")));
  }
  return chosen;
}

// Notes for the truth what the answer to a describe call says about each instance of `asked`.
void NoteAnswers(Call& call, const char* action, const ResourceMap<Instance>& asked,
                 const std::vector<std::shared_ptr<Instance>>& shown) {
  std::set<const Instance*> are_shown;
  for (const auto& instance : shown) are_shown.insert(instance.get());
  // An instance that is not on this page may be on another.
  const bool is_page = !call.parameters.Get("MaxResults").empty();
  for (const auto& [id, instance] : asked) {
    auto boot = instance->awaited();
    const bool is_shown = are_shown.contains(instance.get());
    if (boot == nullptr || (is_page && !is_shown)) continue;
    const char* const state = is_shown ? StateName(instance->shown_state()) : "";
    call.answers.push_back({std::move(boot), {.action = action, .state = state}});
  }
}

void DescribeInstances(Call& call) {
  const ResourceMap<Instance> asked = ChooseInstances(call);
  auto selected = Select(asked, ReadFilters(call.parameters), InstanceFilters());
  const std::string next = TakePage(call.parameters, 5, &selected);
  NoteAnswers(call, "DescribeInstances", asked, selected);
  // Reservations are in the order in which their first instances were created.
  std::vector<std::vector<std::shared_ptr<Instance>>> reservations;
  std::map<std::string, std::size_t> index;
  for (const auto& instance : selected) {
    const auto [it, fresh] = index.emplace(instance->spec().reservation_id, reservations.size());
    if (fresh) reservations.emplace_back();
    reservations[it->second].push_back(instance);
  }
  call.xml.Items("reservationSet", reservations, [&](const auto& reservation) {
    WriteReservation(call.region, reservation, &call.xml);
  });
  call.xml.OptionalText("nextToken", next);
}

// Returns the instances that a mutating call names. Throws ApiError if it names none, or if one
// does not exist.
std::vector<std::shared_ptr<Instance>> RequireInstances(Call& call) {
  const Values ids = call.parameters.GetList("InstanceId");
  if (ids.empty()) call.parameters.Require("InstanceId");
  ChooseInstances(call);
  std::vector<std::shared_ptr<Instance>> instances;
  for (const std::string& id : ids) instances.push_back(call.region.instances.at(id));
  return instances;
}

template <typename Change>
void ChangeStates(Call& call, Change change) {
  const auto instances = RequireInstances(call);
  std::vector<std::pair<std::shared_ptr<Instance>, InstanceState>> changes;
  changes.reserve(instances.size());
  for (const auto& instance : instances) changes.emplace_back(instance, change(*instance));
  call.xml.Items("instancesSet", changes, [&](const auto& entry) {
    call.xml.Text("instanceId", entry.first->id);
    WriteInstanceState("currentState", entry.first->state(), &call.xml);
    WriteInstanceState("previousState", entry.second, &call.xml);
  });
}

void StartInstances(Call& call) {
  const Clock::time_point accepted = Clock::now();
  ChangeStates(call, [&](Instance& instance) { return instance.Start(call.received, accepted); });
}

void StopInstances(Call& call) {
  const bool hibernate = call.parameters.GetBool("Hibernate", false);
  ChangeStates(call, [&](Instance& instance) { return instance.Stop(hibernate); });
}

void RebootInstances(Call& call) {
  for (const auto& instance : RequireInstances(call)) instance->Reboot(call.received);
  call.xml.Bool("return", true);
}

void TerminateInstances(Call& call) {
  for (const auto& instance : RequireInstances(call)) {
    if (!instance->is_protected()) continue;
    throw ApiError("OperationNotPermitted",
                   fmt::format("The instance '{}' may not be terminated. Modify its "
                               "'disableApiTermination' instance attribute and try again.",
                               instance->id));
  }
  ChangeStates(call, [](Instance& instance) { return instance.Terminate(); });
}

const FilterTable<Instance>& StatusFilters() {
  static const FilterTable<Instance> filters = {
      {"availability-zone", [](const Instance& i) { return Values{i.zone()}; }},
      {"instance-state-name", [](const Instance& i) { return Values{StateName(i.shown_state())}; }},
      {"instance-status.status", [](const Instance& i) { return Values{i.StatusCheck()}; }},
      {"system-status.status", [](const Instance& i) { return Values{i.StatusCheck()}; }},
  };
  return filters;
}

void DescribeInstanceStatus(Call& call) {
  const ResourceMap<Instance> asked = ChooseInstances(call);
  auto selected = Select(asked, ReadFilters(call.parameters), StatusFilters());
  if (!call.parameters.GetBool("IncludeAllInstances", false)) {
    std::erase_if(selected,
                  [](const auto& i) { return i->shown_state() != InstanceState::kRunning; });
  }
  const std::string next = TakePage(call.parameters, 5, &selected);
  NoteAnswers(call, "DescribeInstanceStatus", asked, selected);
  call.xml.Items("instanceStatusSet", selected, [&](const auto& instance) {
    const std::string status = instance->StatusCheck();
    const auto write_status = [&](std::string_view name) {
      call.xml.Element(name, [&] {
        call.xml.Text("status", status);
        // EC2 checks only instances that run or start, and has no details for others.
        Values details;
        if (status == "ok") details = {"passed"};
        if (status == "initializing" || status == "insufficient-data") details = {status};
        call.xml.Items("details", details, [&](const std::string& text) {
          call.xml.Text("name", "reachability");
          call.xml.Text("status", text);
        });
      });
    };
    call.xml.Text("instanceId", instance->id);
    call.xml.Text("availabilityZone", instance->zone());
    WriteInstanceState("instanceState", instance->shown_state(), &call.xml);
    write_status("systemStatus");
    write_status("instanceStatus");
  });
  call.xml.OptionalText("nextToken", next);
}

void GetConsoleOutput(Call& call) {
  const std::string id = call.parameters.Require("InstanceId");
  const auto instance = FindById(call.region.instances, id, kInstanceIdErrors);
  call.xml.Text("instanceId", id);
  call.xml.Text("timestamp", FormatTime(std::chrono::system_clock::now()));
  call.xml.Text("output", EncodeBase64(instance->console()));
}

}  // namespace

void AddInstanceActions(ActionTable* table) {
  (*table)["DescribeInstances"] = {DescribeInstances,
                                   {"InstanceId", "Filter", "MaxResults", "NextToken"}};
  (*table)["DescribeInstanceStatus"] = {
      DescribeInstanceStatus,
      {"InstanceId", "Filter", "MaxResults", "NextToken", "IncludeAllInstances"}};
  (*table)["StartInstances"] = {StartInstances, {"InstanceId"}};
  (*table)["StopInstances"] = {StopInstances, {"InstanceId", "Hibernate", "Force"}};
  (*table)["RebootInstances"] = {RebootInstances, {"InstanceId"}};
  (*table)["TerminateInstances"] = {TerminateInstances, {"InstanceId"}};
  (*table)["GetConsoleOutput"] = {GetConsoleOutput, {"InstanceId", "Latest"}};
}

}  // namespace localcloud
