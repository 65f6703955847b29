// Shared by the ec2_*.cc files: writes lists into EC2 requests and walks through the answers.
// Internal to aws/.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aws/ec2.h"
#include "aws/ec2_actions.h"

namespace pugi {
class xml_document;
class xml_node;
}  // namespace pugi

namespace aws::ec2_wire {

// Adds prefix.1, prefix.2, ...
void AddList(QueryParameters* parameters, const std::string& prefix,
             const std::vector<std::string>& values);
void AddFilters(QueryParameters* parameters, const std::vector<Filter>& filters);
// Adds prefix.1.Key, prefix.1.Value, ...
void AddTags(QueryParameters* parameters, const std::string& prefix, const std::vector<Tag>& tags);
// Adds the same tags for each type of resource that the call creates. Adds nothing if there are no
// tags.
void AddTagSpecifications(QueryParameters* parameters,
                          const std::vector<std::string>& resource_types,
                          const std::vector<Tag>& tags);

// Returns Base64 without line breaks.
std::string EncodeBase64(std::string_view text);

// Returns the bytes that Base64 text stands for. Ignores line breaks and blanks. Returns "" if the
// text is not Base64.
std::string DecodeBase64(std::string_view text);

// The parsed answer of one call.
class Answer {
 public:
  // Throws Error(kProtocol) if the document's root is not <actionResponse>.
  Answer(std::string_view action, const std::string& document);
  ~Answer();
  Answer(Answer&&) noexcept;

  pugi::xml_node root() const;
  // Returns the text of a child of the root. Throws Error(kProtocol) if it is missing or empty.
  std::string Require(const char* name) const;

 private:
  std::string action_;
  std::unique_ptr<pugi::xml_document> document_;
};

Answer Call(Client& client, Ec2Action action, const QueryParameters& parameters,
            const CallOptions& options);

// Calls `visit` for each <item> of each child `set_name` of the root. Follows NextToken to the end.
// options.record then spans all pages, but sent and last_sent are those of the first page: a
// resource that is missing from the answer was not visible when that page was requested.
void CallPages(Client& client, Ec2Action action, QueryParameters parameters, const char* set_name,
               const CallOptions& options, const std::function<void(const pugi::xml_node&)>& visit);

std::string Text(const pugi::xml_node& node, const char* name);
// As Text, but throws Error(kProtocol) if the child is missing or empty.
std::string RequireText(std::string_view action, const pugi::xml_node& node, const char* name);
bool Flag(const pugi::xml_node& node, const char* name);  // "true"
std::vector<Tag> Tags(const pugi::xml_node& node);        // of its <tagSet>

bool CarriesAll(const std::vector<Tag>& tags, const std::vector<Tag>& wanted);

// Returns the resource among `found` that carries all of `wanted`, or nullptr. Used if a create
// call is answered with "Duplicate": it recognises the resource that an earlier attempt of its own
// has made, whose answer was lost. Without tags nothing can be recognised: returns nullptr.
template <typename Resource>
const Resource* FindTagged(const std::vector<Resource>& found, const std::vector<Tag>& wanted) {
  if (wanted.empty()) return nullptr;
  for (const Resource& resource : found) {
    if (CarriesAll(resource.tags, wanted)) return &resource;
  }
  return nullptr;
}

}  // namespace aws::ec2_wire
