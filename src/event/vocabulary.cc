#include "event/vocabulary.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "cel/type.h"

namespace lw::event {
namespace {

constexpr std::array<std::string_view, kTypeCount + 1> kTypeNames{
#define LW_EVENT_TYPE(name, text) text,
#include "event/types.inc"
#undef LW_EVENT_TYPE
    ""};

struct Word {
  std::string_view name;
  Form form;
};
constexpr std::array<Word, field::kVocabularySize> kVocabulary{{
#define LW_EVENT_FIELD(name, text, form) {text, Form::form},
#include "event/fields.inc"
#undef LW_EVENT_FIELD
}};
static_assert(field::kVocabularySize < kFieldLimit);

// The types by name: open addressing, filled once.
class TypeTable {
 public:
  TypeTable() {
    slots_.fill(Type::kUnknown);
    for (std::size_t i = 0; i < kTypeCount; ++i) {
      std::size_t at = start(kTypeNames[i]);
      while (slots_[at] != Type::kUnknown) at = (at + 1) % kSlots;
      slots_[at] = static_cast<Type>(i);
    }
  }

  Type find(std::string_view name) const {
    for (std::size_t at = start(name);; at = (at + 1) % kSlots) {
      const Type type = slots_[at];
      if (type == Type::kUnknown || kTypeNames[static_cast<std::size_t>(type)] == name) return type;
    }
  }

 private:
  static constexpr std::size_t kSlots = 512;
  static_assert(kSlots > 2 * kTypeCount);
  static std::size_t start(std::string_view name) { return hash64(name) % kSlots; }
  std::array<Type, kSlots> slots_;
};

}  // namespace

Type type_from_name(std::string_view name) {
  static const TypeTable table;
  return table.find(name);
}

std::string_view name_of(Type type) { return kTypeNames[static_cast<std::size_t>(type)]; }

std::string_view description(Form form) {
  switch (form) {
    case Form::kString: return "a string";
    case Form::kInteger: return "an integer";
    case Form::kMoney: return "an integer of minor units";
    case Form::kNumber: return "a number";
    case Form::kBoolean: return "true or false";
    case Form::kTime:
    case Form::kUntil: return "an RFC 3339 time with an offset or a date";
    case Form::kStrings: return "an array of strings";
    case Form::kLabels: return "an array of strings or of objects {label, score}";
    case Form::kTarget: return "\"kind/id\" or an object {kind, id}";
    case Form::kAny: return "any value";
  }
  return "";
}

Schema::Schema() : table_(kSlots) {
  entries_.reserve(kFieldLimit);
  for (const Word& word : kVocabulary) {
    entries_.push_back({std::string(word.name), word.form});
    index(static_cast<FieldId>(entries_.size() - 1));
  }
}

std::optional<FieldId> Schema::find(std::string_view name) const {
  std::array<char, 8> padded{};
  if (name.size() < padded.size()) name = {padded.data(), name.copy(padded.data(), padded.size())};
  const Known& known = find_padded(name);
  return known.field == kNone ? std::nullopt : std::optional(known.field);
}

std::optional<FieldId> Schema::add_extension(std::string_view name) {
  if (const auto known = find(name)) return known;
  if (entries_.size() + 1 >= kFieldLimit) return {};
  entries_.push_back({std::string(name), Form::kAny});
  const FieldId added = static_cast<FieldId>(entries_.size() - 1);
  index(added);
  return added;
}

std::string_view Schema::name(FieldId field) const { return entries_[field].name; }
Form Schema::form(FieldId field) const { return entries_[field].form; }
const cel::Type* Schema::type(FieldId field) const {
  switch (form(field)) {
    case Form::kString:
    case Form::kTarget: return cel::Type::string();
    case Form::kInteger:
    case Form::kMoney: return cel::Type::integer();
    case Form::kNumber: return cel::Type::real();
    case Form::kBoolean: return cel::Type::boolean();
    case Form::kTime:
    case Form::kUntil: return cel::Type::timestamp();
    case Form::kStrings: return cel::Type::list(cel::Type::string());
    case Form::kLabels: return cel::Type::list(cel::Type::dyn());
    case Form::kAny: break;
  }
  return cel::Type::dyn();
}

std::size_t Schema::size() const { return entries_.size(); }

void Schema::index(FieldId field) {
  const std::string& name = entries_[field].name;
  Known known{0, 0, static_cast<std::uint32_t>(name.size()), field, entries_[field].form, WrittenKey(name)};
  std::memcpy(&known.head, name.data(), std::min<std::size_t>(name.size(), 8));
  if (name.size() > 8) known.tail = load(name.data() + name.size() - 8);
  std::size_t at = start(known.head, known.tail, name.size());
  while (table_[at].field != kNone) at = (at + 1) % kSlots;
  table_[at] = known;
}

const std::vector<std::string_view>& type_names() {
  static const auto names = [] {
    std::vector<std::string_view> made;
    for (std::size_t i = 0; i < kTypeCount; ++i) made.push_back(name_of(static_cast<Type>(i)));
    return made;
  }();
  return names;
}

}  // namespace lw::event
