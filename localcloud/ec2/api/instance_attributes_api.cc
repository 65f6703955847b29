// ModifyInstanceAttribute and DescribeInstanceAttribute.
#include <fmt/format.h>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/state/instance.h"
#include "localcloud/ec2/state/key_material.h"

namespace localcloud {
namespace {

std::shared_ptr<Instance> FindInstance(Call& call) {
  return FindById(call.region.instances, call.parameters.Require("InstanceId"), kInstanceIdErrors);
}

void SetShutdownBehavior(Instance* instance, const std::string& value) {
  if (value != "stop" && value != "terminate") {
    throw ApiError("InvalidParameterValue",
                   fmt::format("Invalid value '{}' for InstanceInitiatedShutdownBehavior.", value));
  }
  instance->SetTerminateOnShutdown(value == "terminate");
}

void SetType(Instance* instance, const std::string& name) {
  const InstanceType* type = FindInstanceType(name);
  const LaunchSpec& spec = instance->spec();
  if (type == nullptr) {
    throw ApiError("InvalidInstanceAttributeValue",
                   fmt::format("Invalid value '{}' for InstanceType.", name));
  }
  if (type->architecture != spec.type->architecture) {
    throw ApiError("InvalidInstanceAttributeValue",
                   fmt::format("The instance type '{}' is {}, the instance '{}' is {}.", name,
                               type->architecture, instance->id, spec.type->architecture));
  }
  if (spec.hibernation && !type->hibernation_supported) {
    throw ApiError("UnsupportedHibernationConfiguration",
                   fmt::format("Instance type '{}' does not support hibernation.", name));
  }
  instance->SetType(type);
}

void SetProtection(Instance* instance, const std::string& value) {
  if (value != "true" && value != "false") {
    throw ApiError("InvalidParameterValue",
                   fmt::format("Invalid value '{}' for DisableApiTermination.", value));
  }
  instance->SetProtected(value == "true");
}

void SetGroups(Call& call, Instance* instance, const std::vector<std::string>& groups) {
  for (const std::string& id : groups) {
    const auto group = FindById(call.region.security_groups, id, kGroupIdErrors);
    if (group->vpc_id != instance->vpc_id()) {
      throw ApiError("InvalidGroup.NotFound",
                     fmt::format("The security group '{}' does not exist in VPC '{}'", id,
                                 instance->vpc_id()));
    }
  }
  instance->spec().interface->group_ids = groups;
}

// Changes one attribute per call, given in one of two forms: Attribute=name&Value=v, or
// Name.Value=v.
void ModifyInstanceAttribute(Call& call) {
  const auto instance = FindInstance(call);
  const QueryParameters& parameters = call.parameters;
  const std::string name = parameters.Get("Attribute");
  std::string behavior = parameters.Get("InstanceInitiatedShutdownBehavior.Value");
  std::string protection = parameters.Get("DisableApiTermination.Value");
  std::string type = parameters.Get("InstanceType.Value");
  if (name == "instanceType") type = parameters.Require("Value");
  if (name == "instanceInitiatedShutdownBehavior") behavior = parameters.Require("Value");
  if (name == "disableApiTermination") protection = parameters.Require("Value");
  const auto groups = parameters.GetList("GroupId");
  if (!behavior.empty()) {
    SetShutdownBehavior(instance.get(), behavior);
  } else if (!protection.empty()) {
    SetProtection(instance.get(), protection);
  } else if (!type.empty()) {
    SetType(instance.get(), type);
  } else if (!groups.empty()) {
    SetGroups(call, instance.get(), groups);
  } else {
    throw ApiError("InvalidParameterCombination",
                   name.empty() ? "No attributes specified."
                                : fmt::format("localcloud cannot modify '{}'", name));
  }
  call.xml.Bool("return", true);
}

void DescribeInstanceAttribute(Call& call) {
  const auto instance = FindInstance(call);
  const std::string name = call.parameters.Require("Attribute");
  const LaunchSpec& spec = instance->spec();
  const auto write = [&](const std::string& value) {
    call.xml.Element(name, [&] { call.xml.OptionalText("value", value); });
  };
  call.xml.Text("instanceId", instance->id);
  if (name == "instanceInitiatedShutdownBehavior") {
    write(spec.terminate_on_shutdown ? "terminate" : "stop");
  } else if (name == "disableApiTermination") {
    write(instance->is_protected() ? "true" : "false");
  } else if (name == "instanceType") {
    write(spec.type->name);
  } else if (name == "rootDeviceName") {
    write(spec.root.device_name);
  } else if (name == "userData") {
    write(EncodeBase64(spec.user_data));
  } else if (name == "groupSet") {
    call.xml.Items("groupSet", instance->group_ids(),
                   [&](const std::string& id) { call.xml.Text("groupId", id); });
  } else {
    throw ApiError(
        "InvalidParameterValue",
        fmt::format("Value ({}) for parameter attribute is invalid. Unknown attribute.", name));
  }
}

}  // namespace

void AddInstanceAttributeActions(ActionTable* table) {
  (*table)["ModifyInstanceAttribute"] = {
      ModifyInstanceAttribute,
      {"InstanceId", "Attribute", "Value", "GroupId", "InstanceType",
       "InstanceInitiatedShutdownBehavior", "DisableApiTermination"}};
  (*table)["DescribeInstanceAttribute"] = {DescribeInstanceAttribute, {"InstanceId", "Attribute"}};
}

}  // namespace localcloud
