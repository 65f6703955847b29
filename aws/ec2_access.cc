// Ec2: security groups, key pairs and tags.
#include <pugixml.hpp>
#include <utility>

#include "aws/ec2.h"
#include "aws/ec2_wire.h"

namespace aws {

using namespace ec2_wire;

std::string Ec2::CreateSecurityGroup(const std::string& name, const std::string& description,
                                     const std::string& vpc_id, const std::vector<Tag>& tags,
                                     const CallOptions& options) {
  QueryParameters parameters = {{"GroupName", name}, {"GroupDescription", description}};
  if (!vpc_id.empty()) parameters.emplace_back("VpcId", vpc_id);
  AddTagSpecifications(&parameters, {"security-group"}, tags);
  try {
    std::string id =
        Call(*client_, "CreateSecurityGroup", parameters, fresh_.ForUseOf({vpc_id}, options))
            .Require("groupId");
    fresh_.Add(id);
    return id;
  } catch (const Error& error) {
    if (error.code() != "InvalidGroup.Duplicate") throw;
    std::vector<Filter> filters = {{"group-name", {name}}};
    if (!vpc_id.empty()) filters.push_back({"vpc-id", {vpc_id}});
    const auto groups = DescribeSecurityGroups(filters, options);
    const SecurityGroup* ours = FindTagged(groups, tags);
    if (ours == nullptr) throw;
    return ours->group_id;
  }
}

void Ec2::AuthorizeSecurityGroupIngress(const std::string& group_id, std::uint16_t tcp_port,
                                        const std::string& cidr, const CallOptions& options) {
  const bool ipv6 = cidr.find(':') != std::string::npos;
  const QueryParameters parameters = {
      {"GroupId", group_id},
      {"IpPermissions.1.IpProtocol", "tcp"},
      {"IpPermissions.1.FromPort", std::to_string(tcp_port)},
      {"IpPermissions.1.ToPort", std::to_string(tcp_port)},
      {ipv6 ? "IpPermissions.1.Ipv6Ranges.1.CidrIpv6" : "IpPermissions.1.IpRanges.1.CidrIp", cidr}};
  try {
    Call(*client_, "AuthorizeSecurityGroupIngress", parameters,
         fresh_.ForUseOf({group_id}, options));
  } catch (const Error& error) {
    if (error.code() != "InvalidPermission.Duplicate") throw;  // else it is as asked for
  }
}

void Ec2::AuthorizeSecurityGroupIngressFrom(const std::string& group_id, std::uint16_t tcp_port,
                                            const std::string& source_group_id,
                                            const CallOptions& options) {
  const QueryParameters parameters = {{"GroupId", group_id},
                                      {"IpPermissions.1.IpProtocol", "tcp"},
                                      {"IpPermissions.1.FromPort", std::to_string(tcp_port)},
                                      {"IpPermissions.1.ToPort", std::to_string(tcp_port)},
                                      {"IpPermissions.1.Groups.1.GroupId", source_group_id}};
  try {
    Call(*client_, "AuthorizeSecurityGroupIngress", parameters,
         fresh_.ForUseOf({group_id, source_group_id}, options));
  } catch (const Error& error) {
    if (error.code() != "InvalidPermission.Duplicate") throw;  // else it is as asked for
  }
}

std::vector<SecurityGroup> Ec2::DescribeSecurityGroups(const std::vector<Filter>& filters,
                                                       const CallOptions& options) {
  QueryParameters parameters = {{"MaxResults", "1000"}};
  AddFilters(&parameters, filters);
  std::vector<SecurityGroup> groups;
  CallPages(*client_, "DescribeSecurityGroups", std::move(parameters), "securityGroupInfo", options,
            [&groups](const pugi::xml_node& item) {
              groups.push_back({Text(item, "groupId"), Text(item, "groupName"), Text(item, "vpcId"),
                                Tags(item)});
            });
  return groups;
}

void Ec2::DeleteSecurityGroup(const std::string& group_id, const CallOptions& options) {
  Call(*client_, "DeleteSecurityGroup", {{"GroupId", group_id}},
       fresh_.ForRemovalOf(group_id, options));
}

std::string Ec2::ImportKeyPair(const std::string& key_name, const std::string& public_key_line,
                               const std::vector<Tag>& tags, const CallOptions& options) {
  QueryParameters parameters = {{"KeyName", key_name},
                                {"PublicKeyMaterial", EncodeBase64(public_key_line)}};
  AddTagSpecifications(&parameters, {"key-pair"}, tags);
  try {
    std::string id = Call(*client_, "ImportKeyPair", parameters, options).Require("keyPairId");
    fresh_.Add(key_name);  // other calls use the name, not the id
    return id;
  } catch (const Error& error) {
    if (error.code() != "InvalidKeyPair.Duplicate") throw;
    const auto keys = DescribeKeyPairs({{"key-name", {key_name}}}, options);
    const KeyPair* ours = FindTagged(keys, tags);
    if (ours == nullptr) throw;
    return ours->key_pair_id;
  }
}

std::vector<KeyPair> Ec2::DescribeKeyPairs(const std::vector<Filter>& filters,
                                           const CallOptions& options) {
  QueryParameters parameters;
  AddFilters(&parameters, filters);
  std::vector<KeyPair> keys;
  CallPages(*client_, "DescribeKeyPairs", std::move(parameters), "keySet", options,
            [&keys](const pugi::xml_node& item) {
              keys.push_back({Text(item, "keyName"), Text(item, "keyPairId"),
                              Text(item, "createTime"), Tags(item)});
            });
  return keys;
}

void Ec2::DeleteKeyPair(const std::string& key_name, const CallOptions& options) {
  Call(*client_, "DeleteKeyPair", {{"KeyName", key_name}}, fresh_.ForRemovalOf(key_name, options));
}

void Ec2::CreateTags(const std::vector<std::string>& resource_ids, const std::vector<Tag>& tags,
                     const CallOptions& options) {
  QueryParameters parameters;
  AddList(&parameters, "ResourceId", resource_ids);
  AddTags(&parameters, "Tag", tags);
  Call(*client_, "CreateTags", parameters, fresh_.ForUseOf(resource_ids, options));
}

void Ec2::DeleteTags(const std::vector<std::string>& resource_ids, const std::vector<Tag>& tags,
                     const CallOptions& options) {
  QueryParameters parameters;
  AddList(&parameters, "ResourceId", resource_ids);
  AddTags(&parameters, "Tag", tags);
  Call(*client_, "DeleteTags", parameters, fresh_.ForUseOf(resource_ids, options));
}

}  // namespace aws
