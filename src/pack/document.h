// A YAML file as a tree of our own: small, strict, with the place of every node. What yaml-cpp throws ends here.
//
// Only what packs need of YAML is let in: one document a file, mappings with scalar keys, each once, no tags. Aliases are
// copied and counted against the limits.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pack/load.h"

namespace lw::pack {

// A file's text with its lines, so that any byte offset can be told as a place.
class File {
 public:
  File(std::string name, std::string text);
  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }
  Error error(std::size_t offset, std::string message) const;  // with line, column (code points) and excerpt
  std::uint32_t line(std::size_t offset) const;                // from 1

 private:
  std::size_t line_index(std::size_t offset) const;
  std::string name_, text_;
  std::vector<std::size_t> starts_;  // of lines
};

struct Entry;

struct Node {
  enum class Kind : std::uint8_t { kNull, kScalar, kSequence, kMapping };
  Kind kind = Kind::kNull;
  bool plain = true;            // a scalar without quotes or block indicator
  const File* file = nullptr;   // lives as long as the Document
  std::size_t offset = 0;       // of the node's first byte in the file
  std::string text;             // of a scalar
  std::vector<Node> items;      // of a sequence
  std::vector<Entry> entries;   // of a mapping, in order

  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_mapping() const { return kind == Kind::kMapping; }
  bool is_null() const { return kind == Kind::kNull; }

  const Node* find(std::string_view key) const;  // in a mapping; null if it is not there
  Error error(std::string message) const { return file->error(offset, std::move(message)); }
  // The error at a byte of the scalar's text, wherever quotes, escapes, folding and indentation put it in the file.
  Error error_at(std::size_t text_offset, std::string message) const;
  std::uint32_t line() const { return file->line(offset); }
};

struct Entry {
  Node key;
  Node value;
};

struct Document {
  std::unique_ptr<File> file;
  Node root;
};

// The file's tree, or its first error.
Result<Document> parse_document(std::string name, std::string text, const Limits& limits);

}  // namespace lw::pack
