// The parameters of one Query protocol call: "InstanceId.1=i-1&Filter.1.Name=..." and what EC2 says
// where they are wrong.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "localcloud/http/http_message.h"

namespace localcloud {

// Turns %41 and + back; throws ApiError(MalformedQueryString) where an escape is cut short.
std::string DecodeForm(std::string_view text);

// Immutable once parsed. Names are case-sensitive, as EC2's are.
class QueryParameters {
 public:
  QueryParameters() = default;
  // Parses application/x-www-form-urlencoded text. Throws ApiError.
  static QueryParameters Parse(std::string_view form);
  // Those of a request: in the body of a POST, else in the query. Throws ApiError.
  static QueryParameters Of(const HttpRequest& request);

  // Empty where absent; EC2 treats an empty value as absent, too.
  std::string Get(const std::string& name) const;
  // The name of the operation. Throws ApiError(MissingAction).
  std::string RequireAction() const;
  // Throws ApiError(MissingParameter).
  std::string Require(const std::string& name) const;
  // These throw ApiError(InvalidParameterValue) where the value is not of the type.
  bool GetBool(const std::string& name, bool otherwise) const;
  std::optional<std::int64_t> GetInt(const std::string& name) const;

  // The values of Name.1, Name.2, ...: gaps allowed, in the order of the numbers.
  std::vector<std::string> GetList(const std::string& name) const;
  // The structures Name.1.*, Name.2.*, ..., each with the prefix taken off.
  std::vector<QueryParameters> GetStructures(const std::string& name) const;
  // Name.*, with the prefix taken off.
  QueryParameters GetStructure(const std::string& name) const;

  bool empty() const { return values_.empty(); }
  // Everything, for comparing two calls and for checking names.
  const std::map<std::string, std::string>& values() const { return values_; }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace localcloud
