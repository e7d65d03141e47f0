#include "cel/type.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "cel/collection.h"

namespace lw::cel {

Type::Type(TypeKind kind, std::string_view name, std::vector<const Type*> parameters)
    : kind_(kind), has_parameter_(kind == TypeKind::kParameter), name_(name), parameters_(std::move(parameters)) {
  for (const Type* parameter : parameters_) {
    has_parameter_ |= parameter->has_parameter_;
    depth_ = std::max(depth_, parameter->depth_ + 1);
  }
}

struct Interner {
  using Key = std::tuple<TypeKind, std::string, std::vector<const Type*>>;
  std::mutex mutex;
  std::map<Key, std::unique_ptr<const Type>> types;  // addresses serve for identity only: order never shows

  static Interner& instance() {
    static Interner* const interner = new Interner;  // never destroyed: types may be used at exit
    return *interner;
  }
  const Type* get(TypeKind kind, std::string_view name, std::vector<const Type*> parameters) {
    Key key{kind, std::string(name), parameters};
    const std::lock_guard lock(mutex);
    std::unique_ptr<const Type>& type = types[std::move(key)];
    if (!type) type.reset(new Type(kind, name, std::move(parameters)));
    return type.get();
  }
};

namespace {

const Type* intern(TypeKind kind, std::string_view name, std::vector<const Type*> parameters = {}) {
  return Interner::instance().get(kind, name, std::move(parameters));
}

// A scalar type's name in signatures and messages, and as an expression names it.
struct Scalar {
  TypeKind kind;
  std::string_view text;
  std::string_view name;
  Kind value_kind;
};
constexpr Scalar kScalars[] = {
    {TypeKind::kDyn, "dyn", "dyn", Kind::kAbsent},
    {TypeKind::kNull, "null", "null_type", Kind::kNull},
    {TypeKind::kBool, "bool", "bool", Kind::kBool},
    {TypeKind::kInt, "int", "int", Kind::kInt},
    {TypeKind::kUint, "uint", "uint", Kind::kUint},
    {TypeKind::kDouble, "double", "double", Kind::kDouble},
    {TypeKind::kString, "string", "string", Kind::kString},
    {TypeKind::kBytes, "bytes", "bytes", Kind::kBytes},
    {TypeKind::kTimestamp, "timestamp", "google.protobuf.Timestamp", Kind::kTimestamp},
    {TypeKind::kDuration, "duration", "google.protobuf.Duration", Kind::kDuration},
};

template <TypeKind kKind>
const Type* scalar() {
  static const Type* const type = intern(kKind, kScalars[static_cast<int>(kKind)].name);
  return type;
}

using Factory = const Type* (*)();
constexpr Factory kFactories[] = {Type::dyn,  Type::null,   Type::boolean, Type::integer,   Type::natural,
                                  Type::real, Type::string, Type::bytes,   Type::timestamp, Type::duration};

}  // namespace

const Type* Type::dyn() { return scalar<TypeKind::kDyn>(); }
const Type* Type::null() { return scalar<TypeKind::kNull>(); }
const Type* Type::boolean() { return scalar<TypeKind::kBool>(); }
const Type* Type::integer() { return scalar<TypeKind::kInt>(); }
const Type* Type::natural() { return scalar<TypeKind::kUint>(); }
const Type* Type::real() { return scalar<TypeKind::kDouble>(); }
const Type* Type::string() { return scalar<TypeKind::kString>(); }
const Type* Type::bytes() { return scalar<TypeKind::kBytes>(); }
const Type* Type::timestamp() { return scalar<TypeKind::kTimestamp>(); }
const Type* Type::duration() { return scalar<TypeKind::kDuration>(); }
const Type* Type::list(const Type* element) { return intern(TypeKind::kList, "list", {element}); }
const Type* Type::map(const Type* key, const Type* value) { return intern(TypeKind::kMap, "map", {key, value}); }
const Type* Type::type(const Type* of) { return intern(TypeKind::kType, "type", {of}); }
const Type* Type::optional(const Type* of) { return intern(TypeKind::kOptional, "optional_type", {of}); }
const Type* Type::parameter(std::string_view name) { return intern(TypeKind::kParameter, name); }
const Type* Type::opaque(std::string_view name, std::vector<const Type*> parameters) {
  return intern(TypeKind::kOpaque, name, std::move(parameters));
}
const Type* Type::ip() {
  static const Type* const type = opaque("net.IP");
  return type;
}
const Type* Type::cidr() {
  static const Type* const type = opaque("net.CIDR");
  return type;
}

const Type* Type::of(const Value& value) {
  static const Type* const kList = list(dyn());
  static const Type* const kMap = map(dyn(), dyn());
  static const Type* const kType = type(dyn());
  static const Type* const kOptional = optional(dyn());
  switch (value.kind) {
    case Kind::kAbsent:
    case Kind::kError: return dyn();
    case Kind::kNull: return null();
    case Kind::kBool: return boolean();
    case Kind::kInt: return integer();
    case Kind::kUint: return natural();
    case Kind::kDouble: return real();
    case Kind::kString: return string();
    case Kind::kBytes: return bytes();
    case Kind::kTimestamp: return timestamp();
    case Kind::kDuration: return duration();
    case Kind::kList: return kList;
    case Kind::kMap: return kMap;
    case Kind::kType: return kType;
    case Kind::kOptional: return kOptional;
    case Kind::kOpaque: return value.opaque->type;
  }
  return dyn();
}

Kind Type::value_kind() const {
  switch (kind_) {
    case TypeKind::kList: return Kind::kList;
    case TypeKind::kMap: return Kind::kMap;
    case TypeKind::kType: return Kind::kType;
    case TypeKind::kOptional: return Kind::kOptional;
    case TypeKind::kOpaque: return Kind::kOpaque;
    case TypeKind::kParameter: return Kind::kAbsent;
    default: return kScalars[static_cast<int>(kind_)].value_kind;
  }
}

std::string Type::to_text() const {
  std::string text;
  if (kind_ <= TypeKind::kDuration) {
    text = kScalars[static_cast<int>(kind_)].text;
  } else if (kind_ == TypeKind::kOptional) {
    text = "optional";
  } else if (this == ip()) {
    text = "ip";
  } else if (this == cidr()) {
    text = "cidr";
  } else {
    text = name_;
  }
  if (parameters_.empty()) return text;
  text += '(';
  for (std::size_t i = 0; i < parameters_.size(); ++i) text += (i ? ", " : "") + parameters_[i]->to_text();
  return text + ')';
}

namespace {

class TypeParser {
 public:
  explicit TypeParser(std::string_view text) : text_(text) {}

  Result<const Type*> parse() {
    const Type* type = parse_type(0);
    skip_blanks();
    if (!type || at_ != text_.size())
      return fail("'{}' is not a type; types are dyn, null, bool, int, uint, double, string, bytes, timestamp, duration, "
                  "list(T), map(K, V), optional(T), type(T), ip and cidr", text_);
    return type;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  std::string_view word() {
    skip_blanks();
    const std::size_t from = at_;
    while (at_ < text_.size() && std::string_view("(), ").find(text_[at_]) == std::string_view::npos) ++at_;
    return text_.substr(from, at_ - from);
  }
  bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  const Type* parse_type(int depth) {
    if (depth > 20) return nullptr;
    const std::string_view name = word();
    std::vector<const Type*> parameters;
    if (take('(')) {
      do {
        const Type* parameter = parse_type(depth + 1);
        if (!parameter) return nullptr;
        parameters.push_back(parameter);
      } while (take(','));
      if (!take(')')) return nullptr;
    }
    return make(name, parameters);
  }
  static const Type* make(std::string_view name, const std::vector<const Type*>& parameters) {
    if (parameters.size() == 2 && name == "map") return Type::map(parameters[0], parameters[1]);
    if (parameters.size() == 1) {
      if (name == "list") return Type::list(parameters[0]);
      if (name == "optional") return Type::optional(parameters[0]);
      if (name == "type") return Type::type(parameters[0]);
    }
    if (!parameters.empty()) return nullptr;
    if (name == "ip") return Type::ip();
    if (name == "cidr") return Type::cidr();
    if (name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z') return Type::parameter(name);
    for (const Scalar& scalar : kScalars)
      if (scalar.text == name) return kFactories[&scalar - kScalars]();
    return nullptr;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<const Type*> Type::parse(std::string_view text) { return TypeParser(text).parse(); }

}  // namespace lw::cel
