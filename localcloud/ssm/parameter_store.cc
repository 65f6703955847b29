#include "localcloud/ssm/parameter_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

#include "localcloud/ec2/state/public_parameters.h"

namespace localcloud {
namespace {

using Json = nlohmann::json;

Json ParameterNamed(const std::string& region, const std::string& name, const std::string& value) {
  return {{"Name", name},
          {"Type", "String"},
          {"Value", value},
          {"Version", 1},
          {"LastModifiedDate", 1767571200.0},  // the date of the public image
          {"ARN", fmt::format("arn:aws:ssm:{}::parameter{}", region, name)},
          {"DataType", "text"}};
}

Json GetParameter(const Json& request, const ServiceCall& call) {
  const std::string name = RequireText(request, "Name", "ValidationException");
  const auto value = FindPublicParameter(call.region, name);
  if (!value) throw ApiError("ParameterNotFound", fmt::format("Parameter {} not found.", name));
  return {{"Parameter", ParameterNamed(call.region, name, *value)}};
}

// At most ten names. Unknown names are not an error.
Json GetParameters(const Json& request, const ServiceCall& call) {
  constexpr std::size_t kMost = 10;
  const auto names = request.find("Names");
  const bool listed = names != request.end() && names->is_array() && !names->empty() &&
                      names->size() <= kMost &&
                      std::ranges::all_of(*names, [](const Json& n) { return n.is_string(); });
  if (!listed) throw ApiError("ValidationException", "Names: a list of 1 to 10 names");
  Json answer = {{"Parameters", Json::array()}, {"InvalidParameters", Json::array()}};
  for (const Json& name : *names) {
    const auto value = FindPublicParameter(call.region, name.get<std::string>());
    if (value) {
      answer["Parameters"].push_back(ParameterNamed(call.region, name.get<std::string>(), *value));
    } else {
      answer["InvalidParameters"].push_back(name);
    }
  }
  return answer;
}

}  // namespace

ParameterStore::ParameterStore()
    : JsonService("ssm", {{"AmazonSSM.GetParameter", GetParameter},
                          {"AmazonSSM.GetParameters", GetParameters}}) {}

std::vector<std::string> ParameterStore::OperationNames() {
  return {"GetParameter", "GetParameters"};
}

}  // namespace localcloud
