#include "event/decoder.h"

#include <bitset>

#include "cel/collection.h"
#include "event/attributes.h"
#include "event/json_walk.h"
#include "event/plain_decoder.h"

namespace lw::event {

static_assert(kPadding >= simdjson::SIMDJSON_PADDING);

constexpr const char* kMoreAfterEvent = "more after the event on its line";

struct Decoder::Impl {
  explicit Impl(const Schema& s) : schema(s), plain(s, arena) {}

  bool event(std::string_view line, Event& out);
  bool attribute(Attribute which, ondemand::value& value, Event& out);
  bool data(ondemand::value& value, Event& out);
  bool data_field(FieldId id, Form form, ondemand::value& value, JsonKind kind, Event& out);
  bool expected(FieldId id, JsonKind found) { return expected(description(schema.form(id)), name_of(found)); }
  bool expected(std::string_view what, std::string_view found) {
    return reader.refuse(fmt::format("expected {}, found {}", what, found));
  }
  bool list(FieldId id, ondemand::value& value, Event& out);
  bool label(ondemand::value& value, JsonKind kind, cel::Value& out);
  bool target(ondemand::value& value, cel::Value& out);
  bool finish(Event& out);
  void name_field(std::string_view name) { fault.path = fmt::format("data.{}", name.substr(0, 80)); }

  const Schema& schema;
  ondemand::parser parser;
  cel::Arena arena;
  Fault fault;
  JsonReader reader{arena, fault};
  PlainDecoder plain;
  std::bitset<kFieldLimit> seen;
};

Decoder::Decoder(const Schema& schema) : impl_(std::make_unique<Impl>(schema)) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

Status Decoder::decode(std::string_view line, Event& out) {
  Impl& impl = *impl_;
  out.clear();
  out.raw = line;
  if (impl.arena.used() > 0) impl.arena.reset();
  if (impl.plain.decode(line, out)) return {};
  out.clear();
  out.raw = line;
  if (impl.event(line, out)) return {};
  out.clear();
  out.raw = line;
  Error error;
  error.message = impl.fault.path.empty() ? impl.fault.reason : impl.fault.path + ": " + impl.fault.reason;
  return tl::make_unexpected(std::move(error));
}

bool Decoder::Impl::event(std::string_view line, Event& out) {
  if (!fault.reason.empty() || !fault.path.empty()) fault = {};
  if (arena.used() > 0) arena.reset();
  seen.reset();
  if (line.size() > kMaxEventBytes) return reader.refuse(fmt::format("longer than {} bytes", kMaxEventBytes));
  reader.start(std::memchr(line.data(), '\\', line.size()) == nullptr);

  ondemand::document document;
  if (const auto error = parser.iterate(line.data(), line.size(), line.size() + kPadding).get(document)) {
    return reader.refuse(error);
  }
  ondemand::object object;
  if (const auto error = document.get_object().get(object)) {
    // The parser looks at the line's last bracket first: what is behind a whole event is another fault than a part that lacks.
    if (error == simdjson::INCOMPLETE_ARRAY_OR_OBJECT && more_after_object(line)) return reader.refuse(kMoreAfterEvent);
    return reader.refuse(error == simdjson::INCORRECT_TYPE ? "not a JSON object" : std::string(reason_of(error)));
  }
  unsigned given = 0;
  for (auto entry : object) {
    ondemand::field field;
    if (const auto error = std::move(entry).get(field)) return reader.refuse(error);
    std::string_view name;
    if (!reader.key(field, name)) return false;
    ondemand::value value = field.value();
    const Attribute which = attribute_of(name);
    const bool again = which != kOther && (given & 1U << which);
    given |= 1U << which;
    if (again || !attribute(which, value, out)) {
      if (again) reader.refuse("given twice");
      if (fault.path.empty()) fault.path = name.substr(0, 80);
      return false;
    }
  }
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return reader.refuse(kMoreAfterEvent);
  return finish(out);
}

bool Decoder::Impl::attribute(Attribute which, ondemand::value& value, Event& out) {
  const JsonKind kind = kind_of(value);
  if (which == kOther) return reader.walk(value, kind, 1);
  if (kind == JsonKind::kNull) return reader.constant(value, kind);
  if (which == kData) return kind == JsonKind::kObject ? data(value, out) : expected("an object", name_of(kind));
  if (kind != JsonKind::kString) return expected("a string", name_of(kind));
  std::string_view text;
  if (!reader.string(value, text)) return false;
  switch (which) {
    case kSpecVersion:
      if (text != kSpec) return reader.refuse(fmt::format("expected \"{}\", found \"{}\"", kSpec, text.substr(0, 80)));
      seen.set(kFieldLimit - 1);
      return true;
    case kId:
      if (text.size() > kMaxIdBytes) {
        return reader.refuse(fmt::format("{} bytes, at most {} are allowed", text.size(), kMaxIdBytes));
      }
      out.id = text;
      return true;
    case kSource:
      if (!text.empty() && !is_source(text)) return reader.refuse(fmt::format("{}, found \"{}\"", kSourceForm, text.substr(0, 80)));
      out.source = text;
      return true;
    case kType:
      out.type_name = text;
      out.type = type_from_name(text);
      return true;
    case kSubject: out.subject = text; return true;
    default: break;
  }
  const auto time = parse_rfc3339(text);
  if (!time) {
    if (parse_rfc3339_clamped(text)) return reader.refuse(fmt::format("expected a time in the years 1678 to 2261, found \"{}\"", text));
    return reader.refuse(fmt::format("expected an RFC 3339 time with an offset, found \"{}\"", text.substr(0, 80)));
  }
  out.time = *time;
  return true;
}

bool Decoder::Impl::finish(Event& out) {
  const auto missing = [&](std::string_view name) {
    fault.path = name;
    return reader.refuse("required, but absent or empty");
  };
  if (!seen.test(kFieldLimit - 1)) return missing("specversion");
  if (out.id.empty()) return missing("id");
  if (out.source.empty()) return missing("source");
  if (out.type_name.empty()) return missing("type");
  if (out.time == Time{}) return missing("time");
  if (!seen.test(kFieldLimit - 2)) return missing("data");

  fill_from_attributes(out);
  return true;
}

bool Decoder::Impl::data(ondemand::value& value, Event& out) {
  seen.set(kFieldLimit - 2);
  ondemand::object object;
  if (const auto error = value.get_object().get(object)) return reader.refuse(error);
  for (auto entry : object) {
    ondemand::field field;
    if (const auto error = std::move(entry).get(field)) return reader.refuse(error);
    std::string_view name;
    if (!reader.key(field, name)) return false;
    ondemand::value inner = field.value();
    const JsonKind kind = kind_of(inner);
    const Schema::Known& known = schema.find_padded(name);
    bool good = true;
    if (known.field == Schema::kNone) {
      good = reader.walk(inner, kind, 2);
    } else if (seen.test(known.field)) {
      good = reader.refuse("given twice");
    } else {
      seen.set(known.field);
      good = kind == JsonKind::kNull ? reader.constant(inner, kind) : data_field(known.field, known.form, inner, kind, out);
    }
    if (!good) {
      name_field(name);
      return false;
    }
  }
  return true;
}

bool Decoder::Impl::data_field(FieldId id, Form form, ondemand::value& value, JsonKind kind, Event& out) {
  cel::Value read;
  switch (form) {
    case Form::kString: {
      if (kind != JsonKind::kString) return expected(id, kind);
      std::string_view text;
      if (!reader.string(value, text)) return false;
      read = cel::Value::of_string(text);
      break;
    }
    case Form::kInteger:
    case Form::kMoney: {
      if (kind != JsonKind::kNumber) return expected(id, kind);
      std::int64_t number = 0;
      if (!reader.integer(value, number)) return false;
      read = cel::Value::of_int(number);
      break;
    }
    case Form::kNumber: {
      if (kind != JsonKind::kNumber) return expected(id, kind);
      double number = 0;
      if (!reader.real(value, number)) return false;
      read = cel::Value::of_double(number);
      break;
    }
    case Form::kBoolean:
      if (kind != JsonKind::kTrue && kind != JsonKind::kFalse) return expected(id, kind);
      if (!reader.constant(value, kind)) return false;
      read = cel::Value::of(kind == JsonKind::kTrue);
      break;
    case Form::kTime:
    case Form::kUntil: {
      if (kind != JsonKind::kString) return expected(id, kind);
      std::string_view text;
      if (!reader.string(value, text)) return false;
      const auto time = read_time(text, form == Form::kUntil);
      if (!time) return expected(description(form), fmt::format("\"{}\"", text.substr(0, 80)));
      read = cel::Value::of_time(*time);
      break;
    }
    case Form::kStrings:
    case Form::kLabels: return kind == JsonKind::kArray ? list(id, value, out) : expected(id, kind);
    case Form::kTarget:
      if (kind == JsonKind::kObject) {
        if (!target(value, read)) return false;
        break;
      }
      if (kind != JsonKind::kString) return expected(id, kind);
      [[fallthrough]];
    case Form::kAny:
      if (!reader.any(value, kind, 2, read)) return false;
      break;
  }
  out.set(id, read);
  return true;
}

bool Decoder::Impl::list(FieldId id, ondemand::value& value, Event& out) {
  ondemand::array array;
  if (const auto error = value.get_array().get(array)) return reader.refuse(error);
  cel::ListBuilder items(arena);
  const bool labels = schema.form(id) == Form::kLabels;
  for (auto entry : array) {
    ondemand::value inner;
    if (const auto error = std::move(entry).get(inner)) return reader.refuse(error);
    const JsonKind kind = kind_of(inner);
    cel::Value item;
    if (kind == JsonKind::kString) {
      if (!reader.any(inner, kind, 3, item)) return false;
    } else if (!labels) {
      return expected(description(schema.form(id)), fmt::format("{} at [{}]", name_of(kind), items.size()));
    } else if (!label(inner, kind, item)) {
      return false;
    }
    items.add(item);
  }
  out.set(id, items.finish());
  return true;
}

bool Decoder::Impl::label(ondemand::value& value, JsonKind kind, cel::Value& out) {
  if (kind != JsonKind::kObject) return expected(description(Form::kLabels), fmt::format("{} in it", name_of(kind)));
  if (!reader.any(value, kind, 3, out)) return false;
  const cel::Value* name = out.map->find("label");
  if (!name || !name->is(cel::Kind::kString)) return reader.refuse("a label object without a string \"label\"");
  const cel::Value* score = out.map->find("score");
  if (score && !score->is(cel::Kind::kDouble) && !score->is(cel::Kind::kInt) && !score->is(cel::Kind::kNull)) {
    return reader.refuse("a label's \"score\" is not a number");
  }
  return true;
}

bool Decoder::Impl::target(ondemand::value& value, cel::Value& out) {
  cel::Value object;
  if (!reader.any(value, JsonKind::kObject, 2, object)) return false;
  const cel::Value* kind = object.map->find("kind");
  const cel::Value* id = object.map->find("id");
  if (!kind || !id || !kind->is(cel::Kind::kString) || !id->is(cel::Kind::kString)) {
    return reader.refuse("an object without the strings \"kind\" and \"id\"");
  }
  const std::size_t size = kind->text().size() + 1 + id->text().size();
  char* text = arena.array<char>(size);
  kind->text().copy(text, kind->text().size());
  text[kind->text().size()] = '/';
  id->text().copy(text + kind->text().size() + 1, id->text().size());
  out = cel::Value::of_string({text, size});
  return true;
}

}  // namespace lw::event
