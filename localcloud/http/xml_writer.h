// Writes the XML of an answer: elements and text, nothing else, which is all EC2's answers have.
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
  // Leaves the element out where there is no value, as EC2 does.
  void OptionalText(std::string_view name, std::string_view value) {
    if (!value.empty()) Text(name, value);
  }

  // <name>...what `children` writes...</name>
  template <typename Children>
  void Element(std::string_view name, Children children) {
    Open(name, {});
    children();
    Close(name);
  }

  // <name><item>...</item><item>...</item></name>, EC2's form of a list.
  template <typename Range, typename WriteItem>
  void Items(std::string_view name, const Range& range, WriteItem write_item) {
    Element(name, [&] {
      for (const auto& entry : range) {
        Element("item", [&] { write_item(entry); });
      }
    });
  }

  // <name><item>text</item>...</name>
  template <typename Range>
  void TextItems(std::string_view name, const Range& range) {
    Element(name, [&] {
      for (const auto& text : range) Text("item", text);
    });
  }

  // The two halves of Element, for a root with a namespace.
  void Open(std::string_view name, std::string_view xml_namespace);
  void Close(std::string_view name);

  // XML that was written before, as it is.
  void Raw(std::string_view written) { text_ += written; }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace localcloud
