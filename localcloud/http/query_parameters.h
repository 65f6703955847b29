// The parameters of one Query protocol call: "InstanceId.1=i-1&Filter.1.Name=...". Throws EC2's own
// errors if they are malformed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "localcloud/http/http_message.h"

namespace localcloud {

// Decodes %41 and +. Throws ApiError(MalformedQueryString) if an escape is cut short.
std::string DecodeForm(std::string_view text);

// Immutable once parsed. Names are case-sensitive, as EC2's are.
class QueryParameters {
 public:
  QueryParameters() = default;
  // Parses application/x-www-form-urlencoded text. Throws ApiError.
  static QueryParameters Parse(std::string_view form);
  // Parses the parameters of a request: those in the body of a POST, otherwise those in the query.
  // Throws ApiError.
  static QueryParameters Of(const HttpRequest& request);

  // Returns an empty text if absent. EC2 treats an empty value as absent, too.
  std::string Get(const std::string& name) const;
  // Returns the name of the operation. Throws ApiError(MissingAction).
  std::string RequireAction() const;
  // Throws ApiError(MissingParameter).
  std::string Require(const std::string& name) const;
  // These throw ApiError(InvalidParameterValue) if the value is not of that type.
  bool GetBool(const std::string& name, bool otherwise) const;
  std::optional<std::int64_t> GetInt(const std::string& name) const;

  // Returns the values of Name.1, Name.2, ... in the order of their numbers. Gaps are allowed.
  std::vector<std::string> GetList(const std::string& name) const;
  // Returns the structures Name.1.*, Name.2.*, ..., each without the prefix.
  std::vector<QueryParameters> GetStructures(const std::string& name) const;
  // Returns Name.*, without the prefix.
  QueryParameters GetStructure(const std::string& name) const;

  bool empty() const { return values_.empty(); }
  // All parameters, to compare two calls and to check names.
  const std::map<std::string, std::string>& values() const { return values_; }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace localcloud
