// CEL's static types. Interned: two types are the same if and only if their addresses are; they live for ever, so a
// program's types may be shared between threads. Each distinct shape costs a few dozen bytes once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cel/value.h"

namespace lw::cel {

enum class TypeKind : std::uint8_t {
  kDyn,  // any value, checked when it runs
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kTimestamp,
  kDuration,
  kList,       // one parameter
  kMap,        // two
  kType,       // one: the type of a type
  kOptional,   // one
  kOpaque,     // named, any number
  kParameter,  // a letter of a generic signature, or a variable of the checker
};

class Type {
 public:
  static const Type* dyn();
  static const Type* null();
  static const Type* boolean();
  static const Type* integer();
  static const Type* natural();  // uint
  static const Type* real();     // double
  static const Type* string();
  static const Type* bytes();
  static const Type* timestamp();
  static const Type* duration();
  static const Type* list(const Type* element);
  static const Type* map(const Type* key, const Type* value);
  static const Type* type(const Type* of);
  static const Type* optional(const Type* of);
  static const Type* opaque(std::string_view name, std::vector<const Type*> parameters = {});
  static const Type* parameter(std::string_view name);
  static const Type* ip();    // opaque "net.IP"
  static const Type* cidr();  // opaque "net.CIDR"

  // "int", "list(string)", "map(string, dyn)", "optional(int)", "ip", …: what to_text() gives. Single capital letters are
  // parameters.
  static Result<const Type*> parse(std::string_view text);

  // The type of a value at run time, without parameters: list(dyn) for any list. Errors and absent values: dyn.
  static const Type* of(const Value& value);

  TypeKind kind() const { return kind_; }
  bool is(TypeKind kind) const { return kind_ == kind; }
  std::span<const Type* const> parameters() const { return parameters_; }
  const Type* element() const { return parameters_.front(); }  // list, optional, type
  const Type* key() const { return parameters_.front(); }      // map
  const Type* value() const { return parameters_.back(); }     // map
  std::uint32_t depth() const { return depth_; }               // 1 without parameters
  bool has_parameter() const { return has_parameter_; }        // a kParameter is somewhere within

  // As an expression names it: "int", "list", "google.protobuf.Timestamp", "optional_type", "net.IP".
  std::string_view name() const { return name_; }
  std::string to_text() const;

  // The kind that a value of this type has; Kind::kAbsent for dyn and parameters: any.
  Kind value_kind() const;

 private:
  friend struct Interner;
  Type(TypeKind kind, std::string_view name, std::vector<const Type*> parameters);

  TypeKind kind_;
  bool has_parameter_ = false;
  std::uint32_t depth_ = 1;
  std::string name_;
  std::vector<const Type*> parameters_;
};

}  // namespace lw::cel
