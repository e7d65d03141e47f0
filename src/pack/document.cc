#include "pack/document.h"

#include <simdjson.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

namespace lw::pack {
namespace {

std::uint32_t count_code_points(std::string_view text) {
  std::uint32_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

// Carries an Error out of yaml-cpp's callbacks; caught in parse_document.
struct Refused {
  Error error;
};

class Builder : public YAML::EventHandler {
 public:
  Builder(const File& file, const Limits& limits) : file_(file), limits_(limits) {}

  Node take() { return std::move(root_); }
  bool done() const { return done_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (done_) refuse(mark, "a second document in one file: a pack's file holds one");
  }
  void OnDocumentEnd() override { done_ = true; }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(make(mark, Node::Kind::kNull), anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) refuse(mark, "an alias inside what it names");
    count(mark, found->second.nodes);
    if (open_.size() + found->second.depth > limits_.depth) too_deep(mark);
    place(Node(found->second.node));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    check_tag(mark, tag);
    Node node = make(mark, Node::Kind::kScalar);
    node.plain = tag == "?";
    node.text = value;
    add(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::kSequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::kMapping);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor;
    std::size_t first_node;  // nodes_ when it was opened
    std::size_t depth = 1;   // of what it holds
    bool expects_value = false;
  };
  struct Anchored {
    Node node;
    std::size_t nodes, depth;
  };

  [[noreturn]] void refuse(const YAML::Mark& mark, std::string message) const {
    throw Refused{file_.error(static_cast<std::size_t>(std::max(0, mark.pos)), std::move(message))};
  }
  [[noreturn]] void too_deep(const YAML::Mark& mark) const {
    refuse(mark, fmt::format("nested deeper than {} levels", limits_.depth));
  }
  void check_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "tags are not used in packs: leave it out");
  }
  void count(const YAML::Mark& mark, std::size_t nodes) {
    nodes_ += nodes;
    if (nodes_ > limits_.nodes) refuse(mark, fmt::format("more than {} nodes, aliases counted as often as used", limits_.nodes));
  }
  Node make(const YAML::Mark& mark, Node::Kind kind) {
    count(mark, 1);
    Node node;
    node.kind = kind;
    node.file = &file_;
    node.offset = static_cast<std::size_t>(std::max(0, mark.pos));
    return node;
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
    check_tag(mark, tag);
    if (open_.size() >= limits_.depth) too_deep(mark);
    const std::size_t first = nodes_;
    open_.push_back({make(mark, kind), anchor, first});
  }
  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    if (!open_.empty()) open_.back().depth = std::max(open_.back().depth, done.depth + 1);
    if (done.anchor) anchors_[done.anchor] = {done.node, nodes_ - done.first_node, done.depth};
    place(std::move(done.node));
  }
  void add(Node node, YAML::anchor_t anchor) {
    if (anchor) anchors_[anchor] = {node, 1, 1};
    place(std::move(node));
  }
  void place(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is_sequence()) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.expects_value) {
      parent.node.entries.back().value = std::move(node);
      parent.expects_value = false;
    } else {
      add_key(parent, std::move(node));
    }
  }
  void add_key(Open& parent, Node key) {
    if (!key.is_scalar()) throw Refused{key.error("a mapping's key must be a name")};
    // Sorted beside the entries, so that a hostile mapping of many keys costs no quadratic time.
    if (!keys_of(parent).insert({key.text, 0}).second) throw Refused{key.error(fmt::format("{} is given twice", key.text))};
    parent.node.entries.push_back({std::move(key), Node{}});
    parent.expects_value = true;
  }
  std::map<std::string, int>& keys_of(const Open& parent) {
    const std::size_t depth = open_.size();
    if (keys_.size() < depth + 1) keys_.resize(depth + 1);
    if (parent.node.entries.empty()) keys_[depth].clear();
    return keys_[depth];
  }

  const File& file_;
  const Limits& limits_;
  Node root_;
  std::vector<Open> open_;
  std::vector<std::map<std::string, int>> keys_;  // of the open mappings, by depth
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t nodes_ = 0;
  bool done_ = false;
};

// Bytes that YAML forbids or that would upset the reckoning of places.
std::optional<std::size_t> find_forbidden(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) return i;
    if (c == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) return i;
  }
  return std::nullopt;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Walks a scalar's bytes in the file beside its decoded text.
class Alignment {
 public:
  Alignment(const Node& node) : raw_(node.file->text()), text_(node.text), at_(std::min(node.offset, raw_.size())) {
    style_ = node.plain || at_ >= raw_.size() ? ' ' : raw_[at_];
    if (style_ == '\'' || style_ == '"') ++at_;
    if (style_ == '|' || style_ == '>') enter_block();
  }

  std::size_t locate(std::size_t offset) {
    while (offset > 0 && offset >= text_.size() && text_.ends_with('\n') && text_[offset - 1] == '\n') --offset;  // the end is where the words end
    for (std::size_t i = 0; i < offset && i < text_.size(); ++i) step(text_[i]);
    return std::min(at_, raw_.size());
  }

 private:
  bool block() const { return style_ == '|' || style_ == '>'; }
  // To the text's first line, which may be empty; the first that is not tells the indentation.
  void enter_block() {
    while (at_ < raw_.size() && raw_[at_] != '\n') ++at_;
    at_ = std::min(at_ + 1, raw_.size());
    std::size_t content = at_, line = at_;
    while (content < raw_.size() && is_space(raw_[content])) {
      if (raw_[content] == '\n') line = content + 1;
      ++content;
    }
    indent_ = content - line;
    broken_ = line != at_;
    if (!broken_) at_ = content;
  }
  // Past what the decoded text does not show: a line's indentation, a fold.
  void skip_fold() {
    if (block()) {
      if (at_ < raw_.size() && raw_[at_] == '\r') ++at_;
      if (at_ < raw_.size() && raw_[at_] == '\n') ++at_;
      for (std::size_t i = 0; i < indent_ && at_ < raw_.size() && raw_[at_] == ' '; ++i) ++at_;
    } else {
      while (at_ < raw_.size() && is_space(raw_[at_])) ++at_;
    }
  }
  void skip_line() {
    while (at_ < raw_.size() && raw_[at_] != '\n' && raw_[at_] != '\r') ++at_;
    skip_fold();
  }
  bool at_line_end() const {
    std::size_t end = at_;
    while (end < raw_.size() && (raw_[end] == ' ' || raw_[end] == '\t' || raw_[end] == '\r')) ++end;
    return end < raw_.size() && raw_[end] == '\n';
  }
  void step(char decoded) {
    if (pending_) {  // the rest of one escaped code point
      --pending_;
      return;
    }
    if (at_ >= raw_.size()) return;
    const bool again = std::exchange(broken_, false);  // a line break came just before
    if (again && decoded == '\n' && !block()) {
      broken_ = true;  // skipped with the first of them
    } else if ((decoded == ' ' || decoded == '\n') && at_line_end()) {
      skip_line();
      // Folded text shows one line break fewer than there are.
      if (style_ == '>' && decoded == '\n' && !again && at_line_end()) skip_line();
      broken_ = true;
    } else if (style_ == '\'' && decoded == '\'') {
      at_ += 2;
    } else if (style_ == '"' && raw_[at_] == '\\') {
      escape(decoded);
    } else {
      ++at_;
    }
  }
  void escape(char decoded) {
    const char kind = at_ + 1 < raw_.size() ? raw_[at_ + 1] : ' ';
    at_ += kind == 'x' ? 4 : kind == 'u' ? 6 : kind == 'U' ? 10 : 2;
    const auto lead = static_cast<unsigned char>(decoded);
    pending_ = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
  }

  const std::string& raw_;
  const std::string& text_;
  std::size_t at_;
  char style_ = ' ';
  bool broken_ = false;
  std::size_t indent_ = 0;
  unsigned pending_ = 0;
};

}  // namespace

File::File(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
  starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') starts_.push_back(i + 1);
  }
}

std::size_t File::line_index(std::size_t offset) const {
  return static_cast<std::size_t>(std::upper_bound(starts_.begin(), starts_.end(), offset) - starts_.begin()) - 1;
}

std::uint32_t File::line(std::size_t offset) const { return static_cast<std::uint32_t>(line_index(offset) + 1); }

Error File::error(std::size_t offset, std::string message) const {
  offset = std::min(offset, text_.size());
  const std::size_t index = line_index(offset), start = starts_[index];
  std::size_t end = index + 1 < starts_.size() ? starts_[index + 1] - 1 : text_.size();
  if (end > start && text_[end - 1] == '\r') --end;
  const std::string_view all = text_;
  Error error{std::move(message), {name_, static_cast<std::uint32_t>(index + 1), 0}, {}};
  error.place.column = count_code_points(all.substr(start, offset - start)) + 1;
  error.excerpt = all.substr(start, end - start);
  return error;
}

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key.text == key) return &entry.value;
  }
  return nullptr;
}

Error Node::error_at(std::size_t text_offset, std::string message) const {
  return file->error(Alignment(*this).locate(text_offset), std::move(message));
}

Result<Document> parse_document(std::string name, std::string text, const Limits& limits) {
  if (text.size() > limits.file_bytes) {
    return tl::make_unexpected(Error{fmt::format("the file has {} bytes; at most {} are read", text.size(), limits.file_bytes), {name}, {}});
  }
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  Document document{std::make_unique<File>(std::move(name), std::move(text)), {}};
  const File& file = *document.file;
  document.root.file = &file;
  if (!simdjson::validate_utf8(file.text())) return tl::make_unexpected(Error{"the file is not UTF-8", {file.name()}, {}});
  if (const auto bad = find_forbidden(file.text())) return tl::make_unexpected(file.error(*bad, "a control character"));
  Builder builder(file, limits);
  try {
    std::istringstream stream(file.text());
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    return tl::make_unexpected(refused.error);
  } catch (const YAML::Exception& exception) {
    const auto at = static_cast<std::size_t>(std::max(0, exception.mark.pos));
    return tl::make_unexpected(file.error(at, fmt::format("not YAML: {}", exception.msg)));
  } catch (const std::exception& exception) {
    return tl::make_unexpected(Error{fmt::format("not YAML: {}", exception.what()), {file.name()}, {}});
  }
  if (builder.done()) document.root = builder.take();
  return document;
}

}  // namespace lw::pack
