// Ec2: VPCs, their subnets, internet gateways and routes.
#include <pugixml.hpp>
#include <utility>

#include "aws/ec2.h"
#include "aws/ec2_wire.h"

namespace aws {

using namespace ec2_wire;

namespace {

// For calls without an idempotency token: if the answer was lost, the resource may exist.
CallOptions Once(const CallOptions& options) {
  CallOptions once = options;
  once.repeat_lost = false;
  return once;
}

}  // namespace

std::string Ec2::CreateVpc(const std::string& cidr, const std::vector<Tag>& tags,
                           const CallOptions& options) {
  QueryParameters parameters = {{"CidrBlock", cidr}};
  AddTagSpecifications(&parameters, {"vpc"}, tags);
  const Answer answer = Call(*client_, "CreateVpc", parameters, Once(options));
  std::string id = RequireText("CreateVpc", answer.root().child("vpc"), "vpcId");
  fresh_.Add(id);
  return id;
}

std::vector<Vpc> Ec2::DescribeVpcs(const std::vector<Filter>& filters, const CallOptions& options) {
  QueryParameters parameters = {{"MaxResults", "1000"}};
  AddFilters(&parameters, filters);
  std::vector<Vpc> vpcs;
  CallPages(*client_, "DescribeVpcs", std::move(parameters), "vpcSet", options,
            [&vpcs](const pugi::xml_node& item) {
              vpcs.push_back({Text(item, "vpcId"), Text(item, "state"), Tags(item)});
              for (const auto& block : item.child("cidrBlockAssociationSet").children("item")) {
                if (Text(block.child("cidrBlockState"), "state") == "associated")
                  vpcs.back().cidrs.push_back(Text(block, "cidrBlock"));
              }
            });
  return vpcs;
}

void Ec2::DeleteVpc(const std::string& vpc_id, const CallOptions& options) {
  Call(*client_, "DeleteVpc", {{"VpcId", vpc_id}}, fresh_.ForRemovalOf(vpc_id, options));
}

Subnet Ec2::CreateSubnet(const std::string& vpc_id, const std::string& zone,
                         const std::string& cidr, const std::vector<Tag>& tags,
                         const CallOptions& options) {
  QueryParameters parameters = {{"VpcId", vpc_id}, {"AvailabilityZone", zone}, {"CidrBlock", cidr}};
  AddTagSpecifications(&parameters, {"subnet"}, tags);
  const Answer answer =
      Call(*client_, "CreateSubnet", parameters, fresh_.ForUseOf({vpc_id}, Once(options)));
  const pugi::xml_node item = answer.root().child("subnet");
  Subnet subnet;
  subnet.subnet_id = RequireText("CreateSubnet", item, "subnetId");
  fresh_.Add(subnet.subnet_id);
  subnet.vpc_id = vpc_id;
  subnet.availability_zone = Text(item, "availabilityZone");
  subnet.tags = tags;
  return subnet;
}

void Ec2::DeleteSubnet(const std::string& subnet_id, const CallOptions& options) {
  Call(*client_, "DeleteSubnet", {{"SubnetId", subnet_id}},
       fresh_.ForRemovalOf(subnet_id, options));
}

std::string Ec2::CreateInternetGateway(const std::vector<Tag>& tags, const CallOptions& options) {
  QueryParameters parameters;
  AddTagSpecifications(&parameters, {"internet-gateway"}, tags);
  const Answer answer = Call(*client_, "CreateInternetGateway", parameters, Once(options));
  std::string id = RequireText("CreateInternetGateway", answer.root().child("internetGateway"),
                               "internetGatewayId");
  fresh_.Add(id);
  return id;
}

std::vector<InternetGateway> Ec2::DescribeInternetGateways(const std::vector<Filter>& filters,
                                                           const CallOptions& options) {
  QueryParameters parameters = {{"MaxResults", "1000"}};
  AddFilters(&parameters, filters);
  std::vector<InternetGateway> gateways;
  CallPages(
      *client_, "DescribeInternetGateways", std::move(parameters), "internetGatewaySet", options,
      [&gateways](const pugi::xml_node& item) {
        gateways.push_back({Text(item, "internetGatewayId"),
                            Text(item.child("attachmentSet").child("item"), "vpcId"), Tags(item)});
      });
  return gateways;
}

void Ec2::AttachInternetGateway(const std::string& gateway_id, const std::string& vpc_id,
                                const CallOptions& options) {
  try {
    Call(*client_, "AttachInternetGateway", {{"InternetGatewayId", gateway_id}, {"VpcId", vpc_id}},
         fresh_.ForUseOf({gateway_id, vpc_id}, options));
  } catch (const Error& error) {
    if (error.code() != "Resource.AlreadyAssociated") throw;  // by an attempt whose answer was lost
  }
}

void Ec2::DetachInternetGateway(const std::string& gateway_id, const std::string& vpc_id,
                                const CallOptions& options) {
  Call(*client_, "DetachInternetGateway", {{"InternetGatewayId", gateway_id}, {"VpcId", vpc_id}},
       fresh_.ForUseOf({gateway_id, vpc_id}, options));
}

void Ec2::DeleteInternetGateway(const std::string& gateway_id, const CallOptions& options) {
  Call(*client_, "DeleteInternetGateway", {{"InternetGatewayId", gateway_id}},
       fresh_.ForRemovalOf(gateway_id, options));
}

std::vector<RouteTable> Ec2::DescribeRouteTables(const std::vector<Filter>& filters,
                                                 const CallOptions& options) {
  QueryParameters parameters = {{"MaxResults", "100"}};  // the most EC2 allows
  AddFilters(&parameters, filters);
  std::vector<RouteTable> tables;
  CallPages(
      *client_, "DescribeRouteTables", std::move(parameters), "routeTableSet", options,
      [&tables](const pugi::xml_node& item) {
        RouteTable table{Text(item, "routeTableId"), Text(item, "vpcId"), false, Tags(item)};
        for (const pugi::xml_node& association : item.child("associationSet").children("item"))
          table.main = table.main || Flag(association, "main");
        tables.push_back(std::move(table));
      });
  return tables;
}

std::string Ec2::CreateRouteTable(const std::string& vpc_id, const std::vector<Tag>& tags,
                                  const CallOptions& options) {
  QueryParameters parameters = {{"VpcId", vpc_id}};
  AddTagSpecifications(&parameters, {"route-table"}, tags);
  const Answer answer =
      Call(*client_, "CreateRouteTable", parameters, fresh_.ForUseOf({vpc_id}, Once(options)));
  std::string id =
      RequireText("CreateRouteTable", answer.root().child("routeTable"), "routeTableId");
  fresh_.Add(id);
  return id;
}

void Ec2::AssociateRouteTable(const std::string& route_table_id, const std::string& subnet_id,
                              const CallOptions& options) {
  try {
    Call(*client_, "AssociateRouteTable",
         {{"RouteTableId", route_table_id}, {"SubnetId", subnet_id}},
         fresh_.ForUseOf({route_table_id, subnet_id}, options));
  } catch (const Error& error) {
    if (error.code() != "Resource.AlreadyAssociated") throw;  // by an attempt whose answer was lost
  }
}

void Ec2::DeleteRouteTable(const std::string& route_table_id, const CallOptions& options) {
  Call(*client_, "DeleteRouteTable", {{"RouteTableId", route_table_id}},
       fresh_.ForRemovalOf(route_table_id, options));
}

void Ec2::CreateRoute(const std::string& route_table_id, const std::string& cidr,
                      const std::string& gateway_id, const CallOptions& options) {
  Call(
      *client_, "CreateRoute",
      {{"RouteTableId", route_table_id}, {"DestinationCidrBlock", cidr}, {"GatewayId", gateway_id}},
      fresh_.ForUseOf({route_table_id, gateway_id}, options));
}

}  // namespace aws
