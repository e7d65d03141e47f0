#include "cel/parser.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "cel/lexer.h"
#include "cel/number_text.h"
#include "cel/parse_state.h"
#include "cel/utf8.h"

namespace lw::cel {

NodeId ParseState::fail(std::uint32_t offset, std::string message) {
  if (!failed_) {
    failed_ = true;
    failed_at_ = offset;
    message_ = std::move(message);
  }
  return kNoNode;
}

NodeId ParseState::add(Node node) {
  if (failed_) return kNoNode;
  for (const NodeId arg : node.args)
    if (arg != kNoNode) node.depth = std::max(node.depth, ast.at(arg).depth + 1);
  if (node.depth > limits_.depth)
    return fail(node.offset, fmt::format("the expression is nested more than {} deep", limits_.depth));
  if (ast.nodes.size() >= limits_.nodes)
    return fail(node.offset, fmt::format("the expression has more than {} parts", limits_.nodes));
  ast.nodes.push_back(std::move(node));
  return static_cast<NodeId>(ast.nodes.size() - 1);
}

NodeId ParseState::constant(std::uint32_t offset, Value value) {
  Node node;
  node.offset = offset;
  node.constant = value;
  return add(std::move(node));
}

NodeId ParseState::ident(std::uint32_t offset, std::string name) {
  Node node;
  node.kind = NodeKind::kIdent;
  node.offset = offset;
  node.name = std::move(name);
  return add(std::move(node));
}

NodeId ParseState::call(std::uint32_t offset, std::string name, std::vector<NodeId> args, bool member) {
  Node node;
  node.kind = NodeKind::kCall;
  node.offset = offset;
  node.name = std::move(name);
  node.args = std::move(args);
  node.member = member;
  return add(std::move(node));
}

NodeId ParseState::let(std::uint32_t offset, std::string name, NodeId value, NodeId body) {
  Node node;
  node.kind = NodeKind::kLet;
  node.offset = offset;
  node.name = std::move(name);
  node.args = {value, body};
  return add(std::move(node));
}

Issue make_issue(std::string_view source, std::uint32_t offset, std::string message) {
  Issue issue{std::move(message), 1, 1, offset};
  const std::string_view before = source.substr(0, std::min<std::size_t>(offset, source.size()));
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  issue.line += static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n'));
  issue.column += static_cast<std::uint32_t>(count_code_points(before.substr(line_start)));
  return issue;
}

lw::Error Issues::to_error(std::string_view source) const {
  const Issue& first = list.front();
  const std::string_view before = source.substr(0, std::min<std::size_t>(first.offset, source.size()));
  const std::size_t from = before.rfind('\n') + 1;
  const std::size_t to = std::min(source.find_first_of("\r\n", from), source.size());
  return {first.message, {"", first.line, first.column}, std::string(source.substr(from, to - from))};
}

namespace {

constexpr std::string_view kReserved[] = {"as",     "break",   "const",     "continue", "else", "for",  "function", "if",
                                          "import", "let",     "loop",      "package",  "in",   "true", "namespace",
                                          "return", "var",     "void",      "while",    "null", "false"};
// May not follow a dot either.
constexpr std::string_view kLiterals[] = {"in", "true", "false", "null"};

template <std::size_t kCount>
bool is_one_of(std::string_view word, const std::string_view (&words)[kCount]) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

class Parser {
 public:
  Parser(std::string_view source, const Limits& limits, bool macros)
      : source_(source), state_(limits), macros_(macros), lexer_(source) {}

  tl::expected<Ast, Issues> run() {
    advance();
    const NodeId root = expression();
    if (!state_.failed() && token_.kind != TokenKind::kEnd) unexpected("the expression should end here");
    if (state_.failed())
      return tl::make_unexpected(Issues{{make_issue(source_, state_.failed_at(), state_.message())}});
    state_.ast.root = root;
    return std::move(state_.ast);
  }

 private:
  // Bounds the recursion of this parser, which does not follow the depth of the tree exactly.
  struct Nested {
    explicit Nested(Parser& parser) : parser_(parser) { ++parser_.nesting_; }
    ~Nested() { --parser_.nesting_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;
    bool too_deep() const { return parser_.nesting_ > parser_.state_.limits().depth; }
    Parser& parser_;
  };

  void advance() {
    token_ = lexer_.next();
    if (token_.kind == TokenKind::kInvalid) state_.fail(lexer_.place(), lexer_.message());
  }
  bool take(std::string_view symbol) {
    if (!token_.is(symbol)) return false;
    advance();
    return true;
  }
  NodeId unexpected(std::string_view wanted) {
    if (token_.kind == TokenKind::kEnd) return state_.fail(token_.offset, fmt::format("the source ends; {}", wanted));
    return state_.fail(token_.offset, fmt::format("unexpected '{}'; {}",
                                                  source_.substr(token_.offset, token_.end - token_.offset), wanted));
  }
  bool expect(std::string_view symbol) {
    if (take(symbol)) return true;
    unexpected(fmt::format("'{}' should come here", symbol));
    return false;
  }

  NodeId expression() {
    const Nested nested(*this);
    if (nested.too_deep())
      return state_.fail(token_.offset, fmt::format("the expression is nested more than {} deep", state_.limits().depth));
    const NodeId condition = logical(true);
    const std::uint32_t offset = token_.offset;
    if (!take("?")) return condition;
    const NodeId yes = logical(true);
    if (state_.failed() || !expect(":")) return kNoNode;
    return state_.call(offset, "_?_:_", {condition, yes, expression()});
  }

  // A chain of || (or &&) becomes a balanced tree, so that a long chain is not deep.
  NodeId logical(bool alternatives) {
    std::vector<NodeId> terms;
    std::vector<std::uint32_t> offsets;
    while (true) {
      terms.push_back(alternatives ? logical(false) : relation());
      offsets.push_back(token_.offset);
      if (state_.failed() || !take(alternatives ? "||" : "&&")) break;
    }
    return balance(alternatives ? "_||_" : "_&&_", terms, offsets, 0, terms.size());
  }
  NodeId balance(const char* name, const std::vector<NodeId>& terms, const std::vector<std::uint32_t>& offsets,
                 std::size_t from, std::size_t to) {
    if (state_.failed()) return kNoNode;
    if (to - from == 1) return terms[from];
    const std::size_t middle = from + (to - from + 1) / 2;
    const NodeId left = balance(name, terms, offsets, from, middle);
    return state_.call(offsets[middle - 1], name, {left, balance(name, terms, offsets, middle, to)});
  }

  NodeId relation() {
    static constexpr std::string_view kOperators[] = {"<", "<=", ">=", ">", "==", "!="};
    NodeId left = sum();
    while (!state_.failed()) {
      const std::uint32_t offset = token_.offset;
      std::string name;
      if (token_.is_word("in")) {
        name = "@in";
      } else if (token_.kind == TokenKind::kSymbol && is_one_of(token_.text, kOperators)) {
        name = fmt::format("_{}_", token_.text);
      } else {
        break;
      }
      advance();
      const NodeId right = sum();
      left = state_.call(offset, name, {left, right});
    }
    return left;
  }
  NodeId sum() {
    NodeId left = product();
    while (!state_.failed() && (token_.is("+") || token_.is("-"))) left = infix(left, &Parser::product);
    return left;
  }
  NodeId product() {
    NodeId left = unary();
    while (!state_.failed() && (token_.is("*") || token_.is("/") || token_.is("%"))) left = infix(left, &Parser::unary);
    return left;
  }
  NodeId infix(NodeId left, NodeId (Parser::*operand)()) {
    const std::uint32_t offset = token_.offset;
    const std::string name = fmt::format("_{}_", token_.text);
    advance();
    const NodeId right = (this->*operand)();
    return state_.call(offset, name, {left, right});
  }

  NodeId unary() {
    const bool negative = token_.is("-");
    if (!negative && !token_.is("!")) return member();
    std::vector<std::uint32_t> offsets;
    while (token_.is(negative ? "-" : "!")) {
      offsets.push_back(token_.offset);
      advance();
    }
    NodeId node = kNoNode;
    if (negative && (token_.kind == TokenKind::kInt || token_.kind == TokenKind::kDouble)) {
      negate_ = true;  // the nearest minus is part of the literal: -9223372036854775808 is an int
      literal_offset_ = offsets.back();
      offsets.pop_back();
      node = member();
    } else {
      node = member();
    }
    for (; !offsets.empty(); offsets.pop_back())
      node = state_.call(offsets.back(), negative ? "-_" : "!_", {node});
    return node;
  }

  NodeId member() {
    NodeId node = primary();
    while (!state_.failed()) {
      if (token_.is(".")) {
        node = selection(node);
      } else if (token_.is("[")) {
        const std::uint32_t offset = token_.offset;
        advance();
        const bool optional = take("?");
        const NodeId index = expression();
        if (state_.failed() || !expect("]")) return kNoNode;
        node = state_.call(offset, optional ? "_[?_]" : "_[_]", {node, index});
      } else if (token_.is("{") && names_message(node)) {
        return state_.fail(token_.offset, "message literals are not supported; maps are written {key: value}");
      } else {
        break;
      }
    }
    return node;
  }
  bool names_message(NodeId id) const {
    const Node& node = state_.ast.at(id);
    return node.kind == NodeKind::kIdent || (node.kind == NodeKind::kSelect && names_message(node.args[0]));
  }

  NodeId selection(NodeId operand) {
    advance();
    const bool optional = take("?");
    Node node;
    node.offset = token_.offset;
    node.name = std::string(token_.text);
    const bool quoted = token_.kind == TokenKind::kQuoted;
    if (!quoted && (token_.kind != TokenKind::kIdent || is_one_of(token_.text, kLiterals)))
      return unexpected("a field's or function's name should follow the dot");
    advance();
    if (!quoted && !optional && take("(")) {
      node.kind = NodeKind::kCall;
      node.member = true;
      node.args = {operand};
      return finish_call(std::move(node));
    }
    node.kind = NodeKind::kSelect;
    node.optional = optional;
    node.args = {operand};
    return state_.add(std::move(node));
  }

  NodeId finish_call(Node node) {
    if (!arguments(")", node.args, nullptr)) return kNoNode;
    NodeId expanded = kNoNode;
    if (macros_ && !node.absolute && expand_macro(state_, node, expanded)) return expanded;
    return state_.add(std::move(node));
  }

  // Expressions up to the closing bracket, which is taken; a comma may follow the last one in lists.
  bool arguments(std::string_view close, std::vector<NodeId>& into, std::vector<bool>* optional) {
    bool first = true;
    while (!state_.failed() && !take(close)) {
      if (!first && !expect(",")) return false;
      if (!first && optional && take(close)) break;
      first = false;
      if (optional) optional->push_back(take("?"));
      into.push_back(expression());
    }
    return !state_.failed();
  }

  NodeId primary() {
    switch (token_.kind) {
      case TokenKind::kInt:
      case TokenKind::kUint:
      case TokenKind::kDouble: return number();
      case TokenKind::kString:
      case TokenKind::kBytes: return text();
      case TokenKind::kIdent: return name(false);
      default: break;
    }
    const std::uint32_t offset = token_.offset;
    if (take("(")) {
      const NodeId node = expression();
      return !state_.failed() && expect(")") ? node : kNoNode;
    }
    if (take(".")) {
      if (token_.kind == TokenKind::kIdent) return name(true);
      return unexpected("a name should follow the leading dot");
    }
    if (take("[")) return list(offset);
    if (take("{")) return map(offset);
    return unexpected("an expression should come here");
  }

  NodeId list(std::uint32_t offset) {
    Node node;
    node.kind = NodeKind::kList;
    node.offset = offset;
    if (!arguments("]", node.args, &node.optional_entries)) return kNoNode;
    drop_if_none(node.optional_entries);
    return state_.add(std::move(node));
  }
  static void drop_if_none(std::vector<bool>& marks) {
    if (std::find(marks.begin(), marks.end(), true) == marks.end()) marks.clear();
  }

  NodeId map(std::uint32_t offset) {
    Node node;
    node.kind = NodeKind::kMap;
    node.offset = offset;
    while (!state_.failed() && !take("}")) {
      if (!node.args.empty() && (!expect(",") || take("}"))) break;
      node.optional_entries.push_back(take("?"));
      node.args.push_back(expression());
      if (state_.failed() || !expect(":")) return kNoNode;
      node.args.push_back(expression());
    }
    drop_if_none(node.optional_entries);
    return state_.add(std::move(node));
  }

  NodeId name(bool absolute) {
    const std::uint32_t offset = token_.offset;
    const std::string_view word = token_.text;
    if (!absolute && (word == "true" || word == "false" || word == "null")) {
      advance();
      return state_.constant(offset, word == "null" ? Value::null() : Value::of(word == "true"));
    }
    if (is_one_of(word, kReserved)) return unexpected("this word is reserved and names nothing");
    advance();
    Node node;
    node.offset = offset;
    node.name = std::string(word);
    node.absolute = absolute;
    node.kind = NodeKind::kIdent;
    if (!take("(")) return state_.add(std::move(node));
    node.kind = NodeKind::kCall;
    return finish_call(std::move(node));
  }

  NodeId text() {
    const std::string_view kept = state_.ast.arena.copy(token_.decoded);
    const Value value = token_.kind == TokenKind::kString ? Value::of_string(kept) : Value::of_bytes(kept);
    const std::uint32_t offset = token_.offset;
    advance();
    return state_.constant(offset, value);
  }

  NodeId number() {
    const Token token = token_;
    const bool negative = negate_;
    const std::uint32_t offset = negative ? literal_offset_ : token.offset;
    negate_ = false;
    advance();
    if (token.kind == TokenKind::kDouble) {
      const double real = parse_double(token.text).value_or(0);
      if (std::isinf(real)) return state_.fail(offset, "the number is too large for a double");
      return state_.constant(offset, Value::of_double(negative ? -real : real));
    }
    std::uint64_t natural = 0;
    const bool hex = token.text.size() > 2 && (token.text[1] | 0x20) == 'x';
    const std::string_view digits = token.text.substr(hex ? 2 : 0);
    const char* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, natural, hex ? 16 : 10);
    const bool whole = read.ec == std::errc() && read.ptr == end;
    if (token.kind == TokenKind::kUint)
      return whole ? state_.constant(offset, Value::of_uint(natural))
                   : state_.fail(offset, "the number is too large for a uint");
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    if (!whole || natural > kMost + negative) return state_.fail(offset, "the number is too large for an int");
    return state_.constant(offset, Value::of_int(static_cast<std::int64_t>(negative ? 0 - natural : natural)));
  }

  std::string_view source_;
  ParseState state_;
  bool macros_;
  Lexer lexer_;
  Token token_;
  std::uint32_t nesting_ = 0;
  bool negate_ = false;
  std::uint32_t literal_offset_ = 0;
};

}  // namespace

tl::expected<Ast, Issues> parse(std::string_view source, const Limits& limits, bool macros) {
  const auto refuse = [&](std::uint32_t offset, std::string message) {
    return tl::make_unexpected(Issues{{make_issue(source, offset, std::move(message))}});
  };
  if (source.size() > limits.bytes)
    return refuse(0, fmt::format("the expression has {} bytes; at most {} are allowed", source.size(), limits.bytes));
  if (const std::size_t bad = find_invalid(source); bad != std::string_view::npos)
    return refuse(static_cast<std::uint32_t>(bad), "the expression is not valid UTF-8");
  return Parser(source, limits, macros).run();
}

}  // namespace lw::cel
