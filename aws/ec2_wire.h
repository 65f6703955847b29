// What the ec2_*.cc files share: EC2's way to spell lists in a request, and to walk its answers.
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

// prefix.1, prefix.2, ...
void AddList(QueryParameters* parameters, const std::string& prefix,
             const std::vector<std::string>& values);
void AddFilters(QueryParameters* parameters, const std::vector<Filter>& filters);
// prefix.1.Key, prefix.1.Value, ...
void AddTags(QueryParameters* parameters, const std::string& prefix, const std::vector<Tag>& tags);
// The same tags for each type of resource the call makes; nothing where there are no tags.
void AddTagSpecifications(QueryParameters* parameters,
                          const std::vector<std::string>& resource_types,
                          const std::vector<Tag>& tags);

// Base64 without line breaks.
std::string EncodeBase64(std::string_view text);

// The bytes that Base64 text stands for, line breaks and blanks left out; empty if it is none.
std::string DecodeBase64(std::string_view text);

// The parsed answer of one call.
class Answer {
 public:
  // Throws Error(kProtocol) where the document's root is not <actionResponse>.
  Answer(std::string_view action, const std::string& document);
  ~Answer();
  Answer(Answer&&) noexcept;

  pugi::xml_node root() const;
  // The text of a child of the root that must be there: throws Error(kProtocol) where it is missing
  // or empty.
  std::string Require(const char* name) const;

 private:
  std::string action_;
  std::unique_ptr<pugi::xml_document> document_;
};

Answer Call(Client& client, Ec2Action action, const QueryParameters& parameters,
            const CallOptions& options);

// Calls `visit` for each <item> of each set that is a child `set_name` of the root, following
// NextToken to the end. options.record then spans all pages: sent and last_sent are the first
// page's, which is what an observer who reasons about "not seen yet" has to count from.
void CallPages(Client& client, Ec2Action action, QueryParameters parameters, const char* set_name,
               const CallOptions& options, const std::function<void(const pugi::xml_node&)>& visit);

std::string Text(const pugi::xml_node& node, const char* name);
// The same for what must be there: throws Error(kProtocol) where it is not.
std::string RequireText(std::string_view action, const pugi::xml_node& node, const char* name);
bool Flag(const pugi::xml_node& node, const char* name);  // "true"
std::vector<Tag> Tags(const pugi::xml_node& node);        // of its <tagSet>

bool CarriesAll(const std::vector<Tag>& tags, const std::vector<Tag>& wanted);

// The one among `found` that carries all of `wanted`, nullptr where none does: how a create call
// that is answered "Duplicate" recognises what an earlier attempt of its own has made, whose answer
// was lost. A call without tags recognises nothing.
template <typename Resource>
const Resource* FindTagged(const std::vector<Resource>& found, const std::vector<Tag>& wanted) {
  if (wanted.empty()) return nullptr;
  for (const Resource& resource : found) {
    if (CarriesAll(resource.tags, wanted)) return &resource;
  }
  return nullptr;
}

}  // namespace aws::ec2_wire
