// Security groups and their rules.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <charconv>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/api/filters.h"
#include "localcloud/ec2/api/text_rules.h"
#include "localcloud/ec2/state/instance.h"

namespace localcloud {
namespace {

using Values = std::vector<std::string>;

// Ignores case.
bool IsSameName(const std::string& a, const std::string& b) {
  return strcasecmp(a.c_str(), b.c_str()) == 0;
}

void CreateSecurityGroup(Call& call) {
  const std::string name = call.parameters.Require("GroupName");
  const std::string description = call.parameters.Require("GroupDescription");
  std::string vpc_id = call.parameters.Get("VpcId");
  if (vpc_id.empty()) {
    const Vpc* vpc = call.region.DefaultVpc();
    if (vpc == nullptr) throw ApiError("VPCIdNotSpecified", "No default VPC for this user");
    vpc_id = vpc->id;
  } else {
    FindById(call.region.vpcs, vpc_id, kVpcIdErrors);
  }
  RequireGroupName(name);
  RequireGroupDescription(description);
  for (const auto& [id, group] : call.region.security_groups) {
    if (IsSameName(group->name, name) && group->vpc_id == vpc_id) {
      throw ApiError(
          "InvalidGroup.Duplicate",
          fmt::format("The security group '{}' already exists for VPC '{}'", name, vpc_id));
    }
  }
  auto group = std::make_shared<SecurityGroup>();
  group->tags = ReadTagSpecifications(call.parameters, "security-group", {"security-group"});
  group->id = call.region.NewId("sg");
  group->ordinal = call.region.NextOrdinal();
  group->name = name;
  group->description = description;
  group->vpc_id = vpc_id;
  call.region.Settle(group.get());
  call.region.security_groups.emplace(group->id, group);
  call.xml.Bool("return", true);
  call.xml.Text("groupId", group->id);
  WriteTags(group->tags, &call.xml);
}

std::shared_ptr<SecurityGroup> FindGroup(Call& call) {
  const std::string name = call.parameters.Get("GroupName");
  const std::string id = call.parameters.Get("GroupId");
  if (!id.empty()) return FindById(call.region.security_groups, id, kGroupIdErrors);
  if (name.empty()) {
    throw ApiError("MissingParameter",
                   "The request must contain the parameter groupName or groupId");
  }
  for (const auto& [group_id, group] : call.region.security_groups) {
    if (group->name == name && group->is_visible()) return group;
  }
  throw ApiError("InvalidGroup.NotFound",
                 fmt::format("The security group '{}' does not exist", name));
}

// Returns `cidr` after checking it. `v6` is the address family that the parameter is for.
std::string RequireCidr(const std::string& cidr, bool v6) {
  const std::size_t slash = cidr.find('/');
  unsigned char address[16];
  int bits = -1;
  if (slash != std::string::npos) {
    const char* const end = cidr.data() + cidr.size();
    const auto [stop, error] = std::from_chars(cidr.data() + slash + 1, end, bits);
    if (error != std::errc() || stop != end) bits = -1;
  }
  const bool valid =
      bits >= 0 && bits <= (v6 ? 128 : 32) &&
      inet_pton(v6 ? AF_INET6 : AF_INET, cidr.substr(0, slash).c_str(), address) == 1;
  if (!valid) {
    throw ApiError("InvalidParameterValue", fmt::format("CIDR block {} is malformed", cidr));
  }
  return cidr;
}

// Appends one rule per source. `permission` is one IpPermissions.N, or holds the flat parameters of
// the call itself.
void AppendRules(const QueryParameters& permission, const Values& cidrs, const Values& groups,
                 std::vector<IpPermission>* rules) {
  IpPermission rule;
  rule.protocol = permission.Require("IpProtocol");
  if (rule.protocol == "6") rule.protocol = "tcp";
  if (rule.protocol == "17") rule.protocol = "udp";
  static const std::set<std::string> kProtocols = {"tcp", "udp", "icmp", "icmpv6", "-1"};
  if (!kProtocols.contains(rule.protocol)) {
    throw ApiError(
        "InvalidParameterValue",
        fmt::format("Invalid value '{}' for IP protocol. Unknown protocol.", rule.protocol));
  }
  rule.from_port = permission.GetInt("FromPort").value_or(-1);
  rule.to_port = permission.GetInt("ToPort").value_or(-1);
  const bool ports = rule.protocol == "tcp" || rule.protocol == "udp";
  if (ports && (rule.from_port < 0 || rule.to_port < rule.from_port || rule.to_port > 65535)) {
    throw ApiError("InvalidParameterValue",
                   fmt::format("Invalid TCP/UDP port range ({}:{})", rule.from_port, rule.to_port));
  }
  for (const std::string& cidr : cidrs) {
    rules->push_back(rule);
    rules->back().cidr = cidr;
  }
  for (const std::string& group : groups) {
    rules->push_back(rule);
    rules->back().source_group = group;
  }
}

std::vector<IpPermission> ReadRules(Call& call) {
  std::vector<IpPermission> rules;
  for (const QueryParameters& permission : call.parameters.GetStructures("IpPermissions")) {
    Values cidrs;
    Values groups;
    Values descriptions;
    const auto describe = [&](const QueryParameters& source) {
      descriptions.push_back(source.Get("Description"));
      RequireRuleDescription(descriptions.back());
    };
    for (const auto& range : permission.GetStructures("IpRanges")) {
      describe(range);
      cidrs.push_back(RequireCidr(range.Require("CidrIp"), false));
    }
    for (const auto& range : permission.GetStructures("Ipv6Ranges")) {
      describe(range);
      cidrs.push_back(RequireCidr(range.Require("CidrIpv6"), true));
    }
    for (const auto& pair : permission.GetStructures("Groups")) {
      describe(pair);
      groups.push_back(
          FindById(call.region.security_groups, pair.Require("GroupId"), kGroupIdErrors)->id);
    }
    const std::size_t first = rules.size();
    AppendRules(permission, cidrs, groups, &rules);
    for (std::size_t i = 0; i < descriptions.size(); ++i)
      rules[first + i].description = descriptions[i];
  }
  const std::string cidr = call.parameters.Get("CidrIp");
  if (!cidr.empty()) AppendRules(call.parameters, {RequireCidr(cidr, false)}, {}, &rules);
  if (rules.empty()) {
    throw ApiError("MissingParameter", "The request must contain the parameter ipPermissions");
  }
  return rules;
}

std::vector<IpPermission>::iterator FindRule(SecurityGroup* group, const IpPermission& rule) {
  return std::find_if(group->ingress.begin(), group->ingress.end(),
                      [&](const IpPermission& other) { return other.Same(rule); });
}

// Writes one item of a securityGroupRuleSet.
void WriteRule(const Call& call, const SecurityGroup& group, const IpPermission& rule,
               bool egress) {
  XmlWriter& xml = call.xml;
  xml.Text("securityGroupRuleId", rule.rule_id);
  xml.Text("groupId", group.id);
  xml.Text("groupOwnerId", call.region.services.account_id);
  xml.Bool("isEgress", egress);
  xml.Text("ipProtocol", rule.protocol);
  xml.Number("fromPort", rule.from_port);
  xml.Number("toPort", rule.to_port);
  if (!rule.source_group.empty()) {
    xml.Element("referencedGroupInfo", [&] {
      xml.Text("groupId", rule.source_group);
      xml.Text("userId", call.region.services.account_id);
    });
  } else {
    xml.Text(rule.cidr.find(':') == std::string::npos ? "cidrIpv4" : "cidrIpv6", rule.cidr);
  }
  xml.OptionalText("description", rule.description);
  xml.Element("tagSet", [] {});
}

void AuthorizeIngress(Call& call) {
  const auto group = FindGroup(call);
  std::vector<IpPermission> rules = ReadRules(call);
  for (const IpPermission& rule : rules) {
    if (FindRule(group.get(), rule) != group->ingress.end()) {
      throw ApiError("InvalidPermission.Duplicate",
                     fmt::format("the specified rule \"peer: {}, {}, from port: {}, to port: {}, "
                                 "ALLOW\" already exists",
                                 rule.cidr, rule.protocol, rule.from_port, rule.to_port));
    }
  }
  for (IpPermission& rule : rules) {
    Resource made;
    made.id = call.region.NewId("sgr");
    call.region.Settle(&made);
    rule.rule_id = made.id;
    rule.visible_at = made.visible_at;
  }
  group->ingress.insert(group->ingress.end(), rules.begin(), rules.end());
  call.region.IngressChanged();
  call.xml.Bool("return", true);
  call.xml.Items("securityGroupRuleSet", rules,
                 [&](const IpPermission& rule) { WriteRule(call, *group, rule, false); });
}

void RevokeIngress(Call& call) {
  const auto group = FindGroup(call);
  for (const IpPermission& rule : ReadRules(call)) {
    const auto found = FindRule(group.get(), rule);
    if (found == group->ingress.end()) {
      throw ApiError("InvalidPermission.NotFound",
                     "The specified rule does not exist in this security group.");
    }
    group->ingress.erase(found);
  }
  call.region.IngressChanged();
  call.xml.Bool("return", true);
}

void DeleteSecurityGroup(Call& call) {
  const auto group = FindGroup(call);
  if (group->name == "default") {
    throw ApiError("CannotDelete",
                   fmt::format("the specified group: \"{}\" name: \"default\" cannot be deleted by "
                               "a user",
                               group->id));
  }
  // An interface uses its groups from its creation to its end, and so does its instance.
  for (const auto& [id, interface] : call.region.interfaces) {
    const auto& used = interface->group_ids;
    if (std::find(used.begin(), used.end(), group->id) != used.end()) {
      throw ApiError("DependencyViolation",
                     fmt::format("resource {} has a dependent object", group->id));
    }
  }
  call.region.security_groups.erase(group->id);
  call.xml.Bool("return", true);
  call.xml.Text("groupId", group->id);
}

const FilterTable<SecurityGroup>& GroupFilters() {
  static const FilterTable<SecurityGroup> filters = {
      {"group-id", [](const SecurityGroup& g) { return Values{g.id}; }},
      {"group-name", [](const SecurityGroup& g) { return Values{g.name}; }},
      {"description", [](const SecurityGroup& g) { return Values{g.description}; }},
      {"vpc-id", [](const SecurityGroup& g) { return Values{g.vpc_id}; }},
  };
  return filters;
}

void WritePermission(const Call& call, const IpPermission& rule) {
  XmlWriter& xml = call.xml;
  xml.Text("ipProtocol", rule.protocol);
  if (rule.protocol != "-1") {
    xml.Number("fromPort", rule.from_port);
    xml.Number("toPort", rule.to_port);
  }
  const bool v6 = rule.cidr.find(':') != std::string::npos;
  xml.Element("groups", [&] {
    if (rule.source_group.empty()) return;
    xml.Element("item", [&] {
      xml.Text("userId", call.region.services.account_id);
      xml.Text("groupId", rule.source_group);
    });
  });
  xml.Element("ipRanges", [&] {
    if (rule.cidr.empty() || v6) return;
    xml.Element("item", [&] {
      xml.Text("cidrIp", rule.cidr);
      xml.OptionalText("description", rule.description);
    });
  });
  xml.Element("ipv6Ranges", [&] {
    if (!v6) return;
    xml.Element("item", [&] {
      xml.Text("cidrIpv6", rule.cidr);
      xml.OptionalText("description", rule.description);
    });
  });
  xml.Element("prefixListIds", [] {});
}

// The outgoing rule that every group has. It cannot be changed here.
IpPermission Everywhere(const SecurityGroup& group) {
  IpPermission everywhere;
  everywhere.protocol = "-1";
  everywhere.cidr = "0.0.0.0/0";
  everywhere.rule_id = FixedId("sgr", group.id + "/egress");
  return everywhere;
}

struct RuleRow : Resource {
  const SecurityGroup* group = nullptr;
  IpPermission rule;
  bool egress = false;
};

void DescribeSecurityGroupRules(Call& call) {
  static const FilterTable<RuleRow> kFilters = {
      {"group-id", [](const RuleRow& r) { return Values{r.group->id}; }},
      {"security-group-rule-id", [](const RuleRow& r) { return Values{r.id}; }},
  };
  ResourceMap<RuleRow> rows;
  const auto add = [&](const SecurityGroup& group, const IpPermission& rule, bool egress) {
    auto row = std::make_shared<RuleRow>();
    row->id = rule.rule_id;
    row->visible_at = std::max(rule.visible_at, group.visible_at);
    row->ordinal = rows.size() + 1;
    row->group = &group;
    row->rule = rule;
    row->egress = egress;
    rows.emplace(row->id, std::move(row));
  };
  for (const auto& [id, group] : call.region.security_groups) {
    for (const IpPermission& rule : group->ingress) add(*group, rule, false);
    add(*group, Everywhere(*group), true);
  }
  const Values ids = call.parameters.GetList("SecurityGroupRuleId");
  for (const std::string& id : ids) {
    const auto row = rows.find(id);
    if (row != rows.end() && row->second->is_visible()) continue;
    throw ApiError("InvalidSecurityGroupRuleId.NotFound",
                   fmt::format("The security group rule ID '{}' does not exist", id));
  }
  if (!ids.empty()) {
    std::erase_if(rows, [&](const auto& entry) {
      return std::find(ids.begin(), ids.end(), entry.first) == ids.end();
    });
  }
  auto selected = Select(rows, ReadFilters(call.parameters), kFilters);
  const std::string next = TakePage(call.parameters, 5, &selected);
  call.xml.Items("securityGroupRuleSet", selected,
                 [&](const auto& row) { WriteRule(call, *row->group, row->rule, row->egress); });
  call.xml.OptionalText("nextToken", next);
}

void DescribeSecurityGroups(Call& call) {
  ResourceMap<SecurityGroup> chosen =
      ChooseByIds(call.region.security_groups, call.parameters.GetList("GroupId"), kGroupIdErrors);
  const Values names = call.parameters.GetList("GroupName");
  if (!names.empty()) {
    std::erase_if(chosen, [&](const auto& entry) {
      return std::find(names.begin(), names.end(), entry.second->name) == names.end();
    });
    for (const std::string& name : names) {
      const bool known = std::any_of(chosen.begin(), chosen.end(), [&](const auto& entry) {
        return entry.second->name == name && entry.second->is_visible();
      });
      if (!known) {
        throw ApiError("InvalidGroup.NotFound",
                       fmt::format("The security group '{}' does not exist", name));
      }
    }
  }
  auto selected = Select(chosen, ReadFilters(call.parameters), GroupFilters());
  const std::string next = TakePage(call.parameters, 5, &selected);
  call.xml.Items("securityGroupInfo", selected, [&](const auto& group) {
    call.xml.Text("ownerId", call.region.services.account_id);
    call.xml.Text("groupId", group->id);
    call.xml.Text("groupName", group->name);
    call.xml.Text("groupDescription", group->description);
    call.xml.Text("vpcId", group->vpc_id);
    call.xml.Items("ipPermissions", group->ingress,
                   [&](const IpPermission& rule) { WritePermission(call, rule); });
    call.xml.Items("ipPermissionsEgress", std::vector{Everywhere(*group)},
                   [&](const IpPermission& rule) { WritePermission(call, rule); });
    WriteTags(group->tags, &call.xml);
  });
  call.xml.OptionalText("nextToken", next);
}

}  // namespace

void AddSecurityGroupActions(ActionTable* table) {
  const std::set<std::string> rule_parameters = {
      "GroupId", "GroupName", "IpPermissions", "IpProtocol", "FromPort", "ToPort", "CidrIp"};
  (*table)["CreateSecurityGroup"] = {
      CreateSecurityGroup, {"GroupName", "GroupDescription", "VpcId", "TagSpecification"}};
  (*table)["AuthorizeSecurityGroupIngress"] = {AuthorizeIngress, rule_parameters};
  (*table)["RevokeSecurityGroupIngress"] = {RevokeIngress, rule_parameters};
  (*table)["DescribeSecurityGroups"] = {
      DescribeSecurityGroups, {"GroupId", "GroupName", "Filter", "MaxResults", "NextToken"}};
  (*table)["DescribeSecurityGroupRules"] = {
      DescribeSecurityGroupRules, {"SecurityGroupRuleId", "Filter", "MaxResults", "NextToken"}};
  (*table)["DeleteSecurityGroup"] = {DeleteSecurityGroup, {"GroupId", "GroupName"}};
}

}  // namespace localcloud
