// Internet gateways and route tables.
#include <fmt/format.h>

#include <algorithm>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/api/filters.h"
#include "localcloud/ec2/state/instance.h"

namespace localcloud {
namespace {

using Values = std::vector<std::string>;

template <typename T>
std::shared_ptr<T> Create(Call& call, ResourceMap<T>* map, const std::string& prefix,
                          const std::string& tagged_as) {
  auto resource = std::make_shared<T>();
  resource->tags = ReadTagSpecifications(call.parameters, tagged_as, {tagged_as});
  resource->id = call.region.NewId(prefix);
  resource->ordinal = call.region.NextOrdinal();
  call.region.Settle(resource.get());
  map->emplace(resource->id, resource);
  return resource;
}

std::shared_ptr<InternetGateway> FindGateway(Call& call) {
  return FindById(call.region.internet_gateways, call.parameters.Require("InternetGatewayId"),
                  kInternetGatewayIdErrors);
}

void WriteGateway(Call& call, const InternetGateway& gateway) {
  call.xml.Text("internetGatewayId", gateway.id);
  call.xml.Text("ownerId", call.region.services.account_id);
  call.xml.Element("attachmentSet", [&] {
    if (gateway.vpc_id.empty()) return;
    call.xml.Element("item", [&] {
      call.xml.Text("vpcId", gateway.vpc_id);
      call.xml.Text("state", "available");
    });
  });
  WriteTags(gateway.tags, &call.xml);
}

void CreateInternetGateway(Call& call) {
  const auto gateway = Create(call, &call.region.internet_gateways, "igw", "internet-gateway");
  call.xml.Element("internetGateway", [&] { WriteGateway(call, *gateway); });
}

void AttachInternetGateway(Call& call) {
  const auto gateway = FindGateway(call);
  const auto vpc = FindById(call.region.vpcs, call.parameters.Require("VpcId"), kVpcIdErrors);
  if (!gateway->vpc_id.empty()) {
    throw ApiError(
        "Resource.AlreadyAssociated",
        fmt::format("resource {} is already attached to network {}", gateway->id, gateway->vpc_id));
  }
  for (const auto& [id, other] : call.region.internet_gateways) {
    if (other->vpc_id == vpc->id) {
      throw ApiError("InvalidParameterValue",
                     fmt::format("Network {} already has an internet gateway attached", vpc->id));
    }
  }
  gateway->vpc_id = vpc->id;
  call.xml.Bool("return", true);
}

void DetachInternetGateway(Call& call) {
  const auto gateway = FindGateway(call);
  const std::string vpc_id = call.parameters.Require("VpcId");
  if (gateway->vpc_id != vpc_id) {
    throw ApiError("Gateway.NotAttached",
                   fmt::format("resource {} is not attached to network {}", gateway->id, vpc_id));
  }
  for (const auto& [id, instance] : call.region.instances) {
    if (instance->vpc_id() == vpc_id && !instance->public_ip().empty()) {
      throw ApiError(
          "DependencyViolation",
          fmt::format("Network {} has some mapped public address(es). Please unmap those "
                      "public address(es) before detaching the gateway.",
                      vpc_id));
    }
  }
  gateway->vpc_id.clear();
  call.xml.Bool("return", true);
}

void DeleteInternetGateway(Call& call) {
  const auto gateway = FindGateway(call);
  if (!gateway->vpc_id.empty()) {
    throw ApiError("DependencyViolation",
                   fmt::format("The internetGateway '{}' has dependencies and cannot be deleted.",
                               gateway->id));
  }
  call.region.internet_gateways.erase(gateway->id);
  call.xml.Bool("return", true);
}

void DescribeInternetGateways(Call& call) {
  static const FilterTable<InternetGateway> kFilters = {
      {"internet-gateway-id", [](const InternetGateway& g) { return Values{g.id}; }},
      {"attachment.vpc-id", [](const InternetGateway& g) { return Values{g.vpc_id}; }},
      {"attachment.state",
       [](const InternetGateway& g) { return Values{g.vpc_id.empty() ? "" : "available"}; }},
  };
  auto selected =
      Select(ChooseByIds(call.region.internet_gateways,
                         call.parameters.GetList("InternetGatewayId"), kInternetGatewayIdErrors),
             ReadFilters(call.parameters), kFilters);
  const std::string next = TakePage(call.parameters, 5, &selected);
  call.xml.Items("internetGatewaySet", selected,
                 [&](const auto& gateway) { WriteGateway(call, *gateway); });
  call.xml.OptionalText("nextToken", next);
}

std::shared_ptr<RouteTable> FindTable(Call& call) {
  return FindById(call.region.route_tables, call.parameters.Require("RouteTableId"),
                  kRouteTableIdErrors);
}

void WriteRoute(Call& call, const Route& route) {
  const bool local = route.gateway_id == "local";
  call.xml.Text("destinationCidrBlock", route.cidr);
  call.xml.Text("gatewayId", route.gateway_id);
  const auto gateway = call.region.internet_gateways.find(route.gateway_id);
  const bool leads =
      local || (gateway != call.region.internet_gateways.end() && !gateway->second->vpc_id.empty());
  call.xml.Text("state", leads ? "active" : "blackhole");
  call.xml.Text("origin", local ? "CreateRouteTable" : "CreateRoute");
}

void WriteRouteAssociation(Call& call, const RouteTable& table, const std::string& id,
                           const std::string& subnet_id) {
  call.xml.Text("routeTableAssociationId", id);
  call.xml.Text("routeTableId", table.id);
  call.xml.OptionalText("subnetId", subnet_id);
  call.xml.Bool("main", subnet_id.empty());
  call.xml.Element("associationState", [&] { call.xml.Text("state", "associated"); });
}

void WriteTable(Call& call, const RouteTable& table) {
  call.xml.Text("routeTableId", table.id);
  call.xml.Text("vpcId", table.vpc_id);
  call.xml.Text("ownerId", call.region.services.account_id);
  call.xml.Items("routeSet", table.routes, [&](const Route& route) { WriteRoute(call, route); });
  call.xml.Element("associationSet", [&] {
    if (!table.main_association.empty()) {
      call.xml.Element("item",
                       [&] { WriteRouteAssociation(call, table, table.main_association, ""); });
    }
    for (const auto& entry : table.subnets) {
      call.xml.Element("item",
                       [&] { WriteRouteAssociation(call, table, entry.first, entry.second); });
    }
  });
  call.xml.Element("propagatingVgwSet", [] {});
  WriteTags(table.tags, &call.xml);
}

void CreateRouteTable(Call& call) {
  const auto vpc = FindById(call.region.vpcs, call.parameters.Require("VpcId"), kVpcIdErrors);
  auto table = FindByToken(call.region.route_tables, call.parameters);
  if (table == nullptr) {
    table = Create(call, &call.region.route_tables, "rtb", "route-table");
    table->vpc_id = vpc->id;
    table->routes.push_back({vpc->cidr, "local"});
    table->client_token = ReadClientToken(call.parameters);
    table->made_with = ComparedParameters(call.parameters);
  }
  call.xml.Element("routeTable", [&] { WriteTable(call, *table); });
  call.xml.OptionalText("clientToken", table->client_token);
}

void DeleteRouteTable(Call& call) {
  const auto table = FindTable(call);
  if (!table->main_association.empty() || !table->subnets.empty()) {
    throw ApiError(
        "DependencyViolation",
        fmt::format("The routeTable '{}' has dependencies and cannot be deleted.", table->id));
  }
  call.region.route_tables.erase(table->id);
  call.xml.Bool("return", true);
}

void AssociateRouteTable(Call& call) {
  const auto table = FindTable(call);
  const auto subnet =
      FindById(call.region.subnets, call.parameters.Require("SubnetId"), kSubnetIdErrors);
  if (subnet->vpc_id != table->vpc_id) {
    throw ApiError("InvalidParameterValue",
                   fmt::format("Route table {} and subnet {} belong to different networks",
                               table->id, subnet->id));
  }
  for (const auto& [id, other] : call.region.route_tables) {
    for (const auto& [association, subnet_id] : other->subnets) {
      if (subnet_id == subnet->id && other != table) {
        throw ApiError("Resource.AlreadyAssociated",
                       fmt::format("the specified association for route table {} conflicts with an "
                                   "existing association",
                                   table->id));
      }
      if (subnet_id == subnet->id) return call.xml.Text("associationId", association);
    }
  }
  const std::string association = call.region.NewId("rtbassoc");
  table->subnets[association] = subnet->id;
  call.xml.Text("associationId", association);
  call.xml.Element("associationState", [&] { call.xml.Text("state", "associated"); });
}

void DisassociateRouteTable(Call& call) {
  const std::string association = call.parameters.Require("AssociationId");
  for (const auto& [id, table] : call.region.route_tables) {
    if (table->subnets.erase(association) == 0) continue;
    call.xml.Bool("return", true);
    return;
  }
  throw ApiError("InvalidAssociationID.NotFound",
                 fmt::format("The association ID '{}' does not exist", association));
}

std::vector<Route>::iterator FindRoute(RouteTable* table, const std::string& cidr) {
  return std::find_if(table->routes.begin(), table->routes.end(),
                      [&](const Route& route) { return route.cidr == cidr; });
}

// Returns the gateway that a route names as its target.
std::string ReadGateway(Call& call, const RouteTable& table) {
  const auto gateway = FindById(call.region.internet_gateways, call.parameters.Require("GatewayId"),
                                kInternetGatewayIdErrors);
  if (gateway->vpc_id != table.vpc_id) {
    throw ApiError("InvalidParameterValue",
                   fmt::format("route table {} and network gateway {} belong to different networks",
                               table.id, gateway->id));
  }
  return gateway->id;
}

void CreateRoute(Call& call) {
  const auto table = FindTable(call);
  const std::string cidr = call.parameters.Require("DestinationCidrBlock");
  const std::string gateway = ReadGateway(call, *table);
  const auto route = FindRoute(table.get(), cidr);
  if (route != table->routes.end() && route->gateway_id != gateway) {
    throw ApiError("RouteAlreadyExists",
                   fmt::format("The route identified by {} already exists.", cidr));
  }
  if (route == table->routes.end()) table->routes.push_back({cidr, gateway});
  call.xml.Bool("return", true);
}

std::vector<Route>::iterator RequireRoute(Call& call, RouteTable* table) {
  const std::string cidr = call.parameters.Require("DestinationCidrBlock");
  const auto route = FindRoute(table, cidr);
  if (route == table->routes.end()) {
    throw ApiError(
        "InvalidRoute.NotFound",
        fmt::format("no route with destination-cidr-block {} in route table {}", cidr, table->id));
  }
  if (route->gateway_id == "local") {
    throw ApiError("InvalidParameterValue",
                   fmt::format("cannot change local route {} in route table {}", cidr, table->id));
  }
  return route;
}

void ReplaceRoute(Call& call) {
  const auto table = FindTable(call);
  RequireRoute(call, table.get())->gateway_id = ReadGateway(call, *table);
  call.xml.Bool("return", true);
}

void DeleteRoute(Call& call) {
  const auto table = FindTable(call);
  table->routes.erase(RequireRoute(call, table.get()));
  call.xml.Bool("return", true);
}

void DescribeRouteTables(Call& call) {
  static const FilterTable<RouteTable> kFilters = {
      {"route-table-id", [](const RouteTable& t) { return Values{t.id}; }},
      {"vpc-id", [](const RouteTable& t) { return Values{t.vpc_id}; }},
      {"association.main",
       [](const RouteTable& t) { return Values{t.main_association.empty() ? "false" : "true"}; }},
      {"association.subnet-id",
       [](const RouteTable& t) {
         Values subnets;
         for (const auto& [association, subnet] : t.subnets) subnets.push_back(subnet);
         return subnets;
       }},
      {"route.gateway-id",
       [](const RouteTable& t) {
         Values gateways;
         for (const Route& route : t.routes) gateways.push_back(route.gateway_id);
         return gateways;
       }},
  };
  auto selected = Select(ChooseByIds(call.region.route_tables,
                                     call.parameters.GetList("RouteTableId"), kRouteTableIdErrors),
                         ReadFilters(call.parameters), kFilters);
  const std::string next = TakePage(call.parameters, 5, &selected, kMostOfFew);
  call.xml.Items("routeTableSet", selected, [&](const auto& table) { WriteTable(call, *table); });
  call.xml.OptionalText("nextToken", next);
}

}  // namespace

void AddRouteActions(ActionTable* table) {
  (*table)["CreateInternetGateway"] = {CreateInternetGateway, {"TagSpecification"}};
  (*table)["AttachInternetGateway"] = {AttachInternetGateway, {"InternetGatewayId", "VpcId"}};
  (*table)["DetachInternetGateway"] = {DetachInternetGateway, {"InternetGatewayId", "VpcId"}};
  (*table)["DeleteInternetGateway"] = {DeleteInternetGateway, {"InternetGatewayId"}};
  (*table)["DescribeInternetGateways"] = {
      DescribeInternetGateways, {"InternetGatewayId", "Filter", "MaxResults", "NextToken"}};
  (*table)["CreateRouteTable"] = {CreateRouteTable, {"VpcId", "ClientToken", "TagSpecification"}};
  (*table)["DeleteRouteTable"] = {DeleteRouteTable, {"RouteTableId"}};
  (*table)["AssociateRouteTable"] = {AssociateRouteTable, {"RouteTableId", "SubnetId"}};
  (*table)["DisassociateRouteTable"] = {DisassociateRouteTable, {"AssociationId"}};
  (*table)["CreateRoute"] = {CreateRoute, {"RouteTableId", "DestinationCidrBlock", "GatewayId"}};
  (*table)["ReplaceRoute"] = {ReplaceRoute, {"RouteTableId", "DestinationCidrBlock", "GatewayId"}};
  (*table)["DeleteRoute"] = {DeleteRoute, {"RouteTableId", "DestinationCidrBlock"}};
  (*table)["DescribeRouteTables"] = {DescribeRouteTables,
                                     {"RouteTableId", "Filter", "MaxResults", "NextToken"}};
}

}  // namespace localcloud
