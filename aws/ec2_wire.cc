#include "aws/ec2_wire.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <iterator>
#include <pugixml.hpp>
#include <utility>

namespace aws::ec2_wire {
namespace {

constexpr std::string_view kApiVersion = "2016-11-15";

[[noreturn]] void ThrowProtocol(std::string_view action, std::string message) {
  throw Error({.kind = Error::Kind::kProtocol,
               .action = std::string(action),
               .message = std::move(message),
               .http_status = 200});
}

// Escapes a filter's value. To EC2 '*' and '?' are wildcards, and a backslash makes the next
// character literal ("Filtering resources", EC2 User Guide).
std::string Literal(const std::string& value) {
  std::string literal;
  for (const char c : value) {
    if (c == '*' || c == '?' || c == '\\') literal += '\\';
    literal += c;
  }
  return literal;
}

}  // namespace

void AddList(QueryParameters* parameters, const std::string& prefix,
             const std::vector<std::string>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    parameters->emplace_back(fmt::format("{}.{}", prefix, i + 1), values[i]);
  }
}

void AddFilters(QueryParameters* parameters, const std::vector<Filter>& filters) {
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const std::string prefix = fmt::format("Filter.{}", i + 1);
    parameters->emplace_back(prefix + ".Name", filters[i].name);
    std::vector<std::string> values;
    for (const std::string& value : filters[i].values) values.push_back(Literal(value));
    AddList(parameters, prefix + ".Value", values);
  }
}

void AddTags(QueryParameters* parameters, const std::string& prefix, const std::vector<Tag>& tags) {
  for (std::size_t i = 0; i < tags.size(); ++i) {
    parameters->emplace_back(fmt::format("{}.{}.Key", prefix, i + 1), tags[i].key);
    parameters->emplace_back(fmt::format("{}.{}.Value", prefix, i + 1), tags[i].value);
  }
}

void AddTagSpecifications(QueryParameters* parameters,
                          const std::vector<std::string>& resource_types,
                          const std::vector<Tag>& tags) {
  if (tags.empty()) return;
  for (std::size_t i = 0; i < resource_types.size(); ++i) {
    const std::string prefix = fmt::format("TagSpecification.{}", i + 1);
    parameters->emplace_back(prefix + ".ResourceType", resource_types[i]);
    AddTags(parameters, prefix + ".Tag", tags);
  }
}

std::string EncodeBase64(std::string_view text) {
  std::string encoded(4 * ((text.size() + 2) / 3), '\0');
  // EVP_EncodeBlock also writes a terminating NUL, for which std::string has room.
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                  reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()));
  return encoded;
}

std::string DecodeBase64(std::string_view text) {
  std::string plain;
  std::ranges::copy_if(text, std::back_inserter(plain), [](unsigned char c) { return c > ' '; });
  std::string decoded(plain.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                                   reinterpret_cast<const unsigned char*>(plain.data()),
                                   static_cast<int>(plain.size()));
  if (size < 0) return "";
  // EVP_DecodeBlock has decoded the padding as zero bytes.
  const auto padding = static_cast<std::size_t>(std::ranges::count(plain, '='));
  decoded.resize(static_cast<std::size_t>(size) - std::min<std::size_t>(padding, 2));
  return decoded;
}

Answer::Answer(std::string_view action, const std::string& document)
    : action_(action), document_(std::make_unique<pugi::xml_document>()) {
  const pugi::xml_parse_result result = document_->load_buffer(document.data(), document.size());
  if (!result) {
    ThrowProtocol(action, fmt::format("was answered with XML that does not parse ({} at byte {})",
                                      result.description(), result.offset));
  }
  const std::string expected = action_ + "Response";
  if (root().name() != expected) {
    ThrowProtocol(action, fmt::format("was answered with a document that is not <{}>", expected));
  }
}

Answer::~Answer() = default;
Answer::Answer(Answer&&) noexcept = default;

pugi::xml_node Answer::root() const { return document_->document_element(); }

std::string Answer::Require(const char* name) const {
  std::string text = Text(root(), name);
  if (text.empty()) ThrowProtocol(action_, fmt::format("was answered without <{}>", name));
  return text;
}

Answer Call(Client& client, Ec2Action action, const QueryParameters& parameters,
            const CallOptions& options) {
  return Answer(action.name(), client.CallQuery(action.name(), kApiVersion, parameters, options));
}

void CallPages(Client& client, Ec2Action action, QueryParameters parameters, const char* set_name,
               const CallOptions& options,
               const std::function<void(const pugi::xml_node&)>& visit) {
  CallRecord page;
  CallOptions page_options = options;
  page_options.record = &page;
  std::string token;
  for (bool first = true;; first = false) {
    const auto note = [&] {
      if (options.record == nullptr) return;
      CallRecord& whole = *options.record;
      if (first) {
        whole = page;
      } else {
        whole.received = page.received;
        whole.timing = page.timing;
      }
    };
    std::string document;
    try {
      document = client.CallQuery(action.name(), kApiVersion, parameters, page_options);
    } catch (...) {
      note();
      throw;
    }
    note();
    const Answer answer(action.name(), document);
    for (const pugi::xml_node& item : answer.root().child(set_name).children("item")) visit(item);
    std::string next = Text(answer.root(), "nextToken");
    if (next.empty()) return;
    if (next == token) ThrowProtocol(action.name(), "was answered with the same NextToken twice");
    if (!first) parameters.pop_back();
    parameters.emplace_back("NextToken", next);
    token = std::move(next);
  }
}

std::string Text(const pugi::xml_node& node, const char* name) { return node.child_value(name); }

std::string RequireText(std::string_view action, const pugi::xml_node& node, const char* name) {
  std::string text = Text(node, name);
  if (text.empty()) ThrowProtocol(action, fmt::format("was answered without <{}>", name));
  return text;
}

bool Flag(const pugi::xml_node& node, const char* name) {
  return std::string_view(node.child_value(name)) == "true";
}

std::vector<Tag> Tags(const pugi::xml_node& node) {
  std::vector<Tag> tags;
  for (const pugi::xml_node& item : node.child("tagSet").children("item")) {
    tags.push_back({Text(item, "key"), Text(item, "value")});
  }
  return tags;
}

bool CarriesAll(const std::vector<Tag>& tags, const std::vector<Tag>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&tags](const Tag& tag) {
    return std::any_of(tags.begin(), tags.end(), [&tag](const Tag& other) {
      return other.key == tag.key && other.value == tag.value;
    });
  });
}

}  // namespace aws::ec2_wire
