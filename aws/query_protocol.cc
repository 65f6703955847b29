#include "aws/query_protocol.h"

#include <algorithm>
#include <pugixml.hpp>

namespace aws {
namespace {

bool IsUnreserved(unsigned char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

constexpr std::string_view kXmlBlanks = " \t\r\n";

void SkipBlanks(std::string_view* text) {
  text->remove_prefix(std::min(text->find_first_not_of(kXmlBlanks), text->size()));
}

}  // namespace

std::string PercentEncode(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const unsigned char c : text) {
    if (IsUnreserved(c)) {
      encoded += static_cast<char>(c);
    } else {
      encoded += '%';
      encoded += kHex[c >> 4];
      encoded += kHex[c & 15];
    }
  }
  return encoded;
}

std::string EncodeQuery(std::string_view action, std::string_view api_version,
                        const QueryParameters& parameters) {
  std::string body = "Action=" + PercentEncode(action) + "&Version=" + PercentEncode(api_version);
  for (const auto& [name, value] : parameters) {
    body += '&' + PercentEncode(name) + '=' + PercentEncode(value);
  }
  return body;
}

std::optional<ServiceError> ParseXmlError(std::string_view document) {
  pugi::xml_document xml;
  if (!xml.load_buffer(document.data(), document.size())) return std::nullopt;
  const pugi::xml_node root = xml.document_element();
  const bool is_ec2 = std::string_view(root.name()) == "Response";
  const bool is_s3 = std::string_view(root.name()) == "Error";
  if (!is_ec2 && !is_s3 && std::string_view(root.name()) != "ErrorResponse") return std::nullopt;
  pugi::xml_node error = is_ec2 ? root.child("Errors").child("Error") : root.child("Error");
  if (is_s3) error = root;
  ServiceError result;
  result.code = error.child_value("Code");
  if (result.code.empty()) return std::nullopt;
  result.message = error.child_value("Message");
  result.request_id = root.child_value(is_ec2 ? "RequestID" : "RequestId");
  return result;
}

bool IsCutOffXml(std::string_view document) {
  constexpr std::string_view kDeclaration = "<?";
  std::string_view rest = document;
  SkipBlanks(&rest);
  if (rest.empty() || rest.front() != '<') return false;
  if (rest.starts_with(kDeclaration)) {
    const auto end = rest.find("?>");
    if (end == std::string_view::npos) return true;
    rest.remove_prefix(end + 2);
    SkipBlanks(&rest);
    if (rest.empty()) return true;
    if (rest.front() != '<') return false;
  }
  rest.remove_prefix(1);
  const std::string_view name = rest.substr(0, rest.find_first_of(" \t\r\n/>"));
  if (name.size() == rest.size()) return !name.starts_with('!');
  if (name.starts_with('!') || name == "html" || name == "HTML") return false;
  rest = rest.substr(0, rest.find_last_not_of(kXmlBlanks) + 1);
  const bool is_one_tag = rest.ends_with("/>") && rest.find('<') == std::string_view::npos;
  if (is_one_tag || !rest.ends_with('>')) return !is_one_tag;
  rest.remove_suffix(1);
  rest = rest.substr(0, rest.find_last_not_of(kXmlBlanks) + 1);  // XML allows "</name >"
  return !(rest.ends_with(name) && rest.substr(0, rest.size() - name.size()).ends_with("</"));
}

}  // namespace aws
