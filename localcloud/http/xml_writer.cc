#include "localcloud/http/xml_writer.h"

namespace localcloud {
namespace {

void AppendEscaped(std::string_view value, std::string* out) {
  for (const char c : value) {
    switch (c) {
      case '&':
        *out += "&amp;";
        break;
      case '<':
        *out += "&lt;";
        break;
      case '>':
        *out += "&gt;";
        break;
      case '"':
        *out += "&quot;";
        break;
      default:
        // XML 1.0 has no way to write the other control characters.
        if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') {
          *out += '?';
        } else {
          *out += c;
        }
    }
  }
}

}  // namespace

void XmlWriter::Text(std::string_view name, std::string_view value) {
  Open(name, {});
  AppendEscaped(value, &text_);
  Close(name);
}

void XmlWriter::Open(std::string_view name, std::string_view xml_namespace) {
  text_ += '<';
  text_ += name;
  if (!xml_namespace.empty()) {
    text_ += " xmlns=\"";
    AppendEscaped(xml_namespace, &text_);
    text_ += '"';
  }
  text_ += '>';
}

void XmlWriter::Close(std::string_view name) {
  text_ += "</";
  text_ += name;
  text_ += '>';
}

}  // namespace localcloud
