// Writes the XML of an answer: only elements and text, because EC2's answers have nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace localcloud {

class XmlWriter {
 public:
  void Text(std::string_view name, std::string_view value);
  void Number(std::string_view name, std::int64_t value) { Text(name, std::to_string(value)); }
  void Bool(std::string_view name, bool value) { Text(name, value ? "true" : "false"); }
  // Omits the element if the value is empty, as EC2 does.
  void OptionalText(std::string_view name, std::string_view value) {
    if (!value.empty()) Text(name, value);
  }

  // Writes <name>...</name> around whatever `children` writes.
  template <typename Children>
  void Element(std::string_view name, Children children) {
    Open(name, {});
    children();
    Close(name);
  }

  // Writes <name><item>...</item><item>...</item></name>, EC2's form of a list.
  template <typename Range, typename WriteItem>
  void Items(std::string_view name, const Range& range, WriteItem write_item) {
    Element(name, [&] {
      for (const auto& entry : range) {
        Element("item", [&] { write_item(entry); });
      }
    });
  }

  // Writes <name><item>text</item>...</name>.
  template <typename Range>
  void TextItems(std::string_view name, const Range& range) {
    Element(name, [&] {
      for (const auto& text : range) Text("item", text);
    });
  }

  // The two halves of Element(), for a root element with a namespace.
  void Open(std::string_view name, std::string_view xml_namespace);
  void Close(std::string_view name);

  // Appends existing XML unchanged.
  void Raw(std::string_view written) { text_ += written; }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace localcloud
