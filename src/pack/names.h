// What expressions may name, and the slot of each name. Slots that somebody mentions come first, so that the engine's array
// is no longer than needed; the rest exist only so that the checker knows the names.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pack/drafts.h"

namespace lw::pack {

struct Named {
  enum class Role : std::uint8_t { kField, kAttribute, kText, kDerived, kFeature };
  Role role;
  Index index;                // FieldId, or into the plan's vectors; of attributes: into kAttributes
  Index key = kNone;          // of a feature: the key that it is read by
  std::string object, field;  // as expressions write it
  const cel::Type* type = nullptr;
  bool mentioned = false;
  Slot slot = kNoSlot;
  std::string text() const { return object + "." + field; }
};

// The builtin derived values and the event's attributes, by name.
struct BuiltinName {
  std::string_view name;
  Builtin builtin;
};
std::span<const BuiltinName> builtins();

class Names {
 public:
  // Registers all names of the drafts; fills the plan's schema, slots, keys (without parts), tables and the skeletons of
  // derived values, lists and features (index = position in the drafts; of derived after the builtins).
  Names(const Drafts& drafts, Plan& plan, Findings& findings);

  // Null, and a finding at its place, if it does not compile or its type is none of `allowed` (empty: any type; dyn is let
  // in only where `allowed` names it). `what` completes "… is a bool, not an int".
  Optional compile(const Written& written, std::string_view what, std::span<const cel::Type* const> allowed);

  // Makes a derived value's or feature's type known: from now on expressions may read it.
  void set_type(Named::Role role, Index index, const cel::Type* type);

  const Named* find(std::string_view object, std::string_view field) const;  // null if there is none
  const Named& at(std::uint32_t slot) const { return all_[by_slot_[slot]]; }
  std::size_t size() const { return all_.size(); }  // slots, mentioned or not

  // An event's field by its bare name, "platform" among them; null and a finding if it is neither in the vocabulary nor declared.
  const Named* field(const Written& written);
  // "KEY.FEATURE", "derived.NAME" or a bare field.
  const Named* value(const Written& written);
  // "KEY.FEATURE".
  const Named* feature(const Written& written);
  Index key(const Written& written);  // kNone and a finding if there is none

  std::vector<const Named*> mentions(const Written& written) const;  // what the expression may read

 private:
  void register_fields();
  void register_keys();
  void register_features();
  void register_values();
  void mention_all();
  void mention(const Written& written);
  void mention_field(std::string_view name);
  void assign_slots();
  void declare();
  void add(Named named);
  void add_extensions(const Written& written);
  bool knows_params(const Written& written);       // else findings
  bool reads_untyped(const Written& written) const;  // a name whose definition was not possible

  const Drafts& drafts_;
  Plan& plan_;
  Findings& findings_;
  cel::Env env_;
  std::vector<Named> all_;
  std::map<std::pair<std::string, std::string>, std::size_t, std::less<>> by_name_;
  std::map<std::pair<Named::Role, Index>, std::size_t> first_;  // of the names of one thing, which stand together
  std::map<std::string, Index, std::less<>> keys_, tables_;
  std::set<std::string_view> params_;  // views into the drafts
  std::vector<std::size_t> by_slot_;
};

// Calls `visit(const Written&)` for every expression of the drafts.
void for_each_expression(const Drafts& drafts, const std::function<void(const Written&)>& visit);

}  // namespace lw::pack
