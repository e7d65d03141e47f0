#include "event/plain_decoder.h"

#include "cel/collection.h"

namespace lw::event {

PlainDecoder::PlainDecoder(const Schema& schema, cel::Arena& arena) : schema_(schema), arena_(arena) {
  static const Schema::Known kNobody;
  for (Fields& fields : fields_) fields.fill(&kNobody);
}

bool PlainDecoder::decode(std::string_view line, Event& out) {
  if (!line_.start(line) || !line_.take('{')) return false;
  unsigned given = 0;
  std::size_t place = 0;
  do {
    Attribute& usual = attributes_[place];
    place = (place + 1) % kPlaces;
    Attribute which = usual;
    if (!line_.key(kWrittenAttributes[which])) {
      std::string_view name;
      if (!line_.string(name) || !line_.separator(':')) return false;
      usual = which = attribute_of(name);
    }
    if (which == kOther) {
      if (!other()) return false;
      continue;
    }
    if ((given & 1U << which) || !attribute(which, out)) return false;
    given |= 1U << which;
  } while (line_.separator(','));
  if (!line_.take('}') || !line_.at_end()) return false;
  constexpr unsigned kNeeded = 1U << kSpecVersion | 1U << kId | 1U << kSource | 1U << kType | 1U << kTime | 1U << kData;
  if ((given & kNeeded) != kNeeded || out.id.empty() || out.source.empty() || out.type_name.empty() || out.time == Time{}) return false;
  fill_from_attributes(out);
  return true;
}

bool PlainDecoder::attribute(Attribute which, Event& out) {
  if (which == kData) return data(out);
  std::string_view text;
  if (!line_.string(text)) return false;
  switch (which) {
    case kSpecVersion: return text == kSpec;
    case kId: out.id = text; return text.size() <= kMaxIdBytes;
    case kSource: out.source = text; return is_source(text);
    case kType:
      out.type_name = text;
      out.type = type_from_name(text);
      return true;
    case kSubject: out.subject = text; return true;
    default: break;
  }
  return times_.read(text, out.time);
}

bool PlainDecoder::data(Event& out) {
  if (!line_.take('{')) return false;
  if (line_.take('}')) return true;
  if (any_null_) nulls_.reset();
  any_null_ = false;
  Fields& usual = fields_[static_cast<std::size_t>(out.type)];
  std::size_t place = 0;
  do {
    const Schema::Known*& known = usual[place];
    place = (place + 1) % kPlaces;
    if (!line_.key(known->written)) {
      std::string_view name;
      if (!line_.string(name) || !line_.separator(':')) return false;
      known = &schema_.find_padded(name);
    }
    if (known->field == Schema::kNone) {
      if (!other()) return false;
      continue;
    }
    if (out.has(known->field) || (any_null_ && nulls_.test(known->field)) || !field(*known, out)) return false;
  } while (line_.separator(','));
  // An event that is full takes no more fields, and would not know one that comes twice.
  return line_.take('}') && out.fields().size() < kMaxFields;
}

bool PlainDecoder::field(const Schema::Known& known, Event& out) {
  const Form form = known.form;
  cel::Value read;
  if (line_.at_string()) {
    std::string_view text;
    line_.string(text);
    if (form == Form::kTime || form == Form::kUntil) {
      const auto time = read_time(text, form == Form::kUntil);
      if (!time) return false;
      read = cel::Value::of_time(*time);
    } else {
      if (form != Form::kString && form != Form::kTarget && form != Form::kAny) return false;
      out.add_text(known.field, text);
      return true;
    }
  } else if (line_.at_number()) {
    bool whole = true;
    std::int64_t integer = 0;
    double real = 0;
    if (!line_.number(whole, integer, real)) return false;
    if (form == Form::kNumber) {
      read = cel::Value::of_double(whole ? static_cast<double>(integer) : real);
    } else if (form == Form::kAny) {
      read = whole ? cel::Value::of_int(integer) : cel::Value::of_double(real);
    } else {
      if (!whole || (form != Form::kInteger && form != Form::kMoney)) return false;
      read = cel::Value::of_int(integer);
    }
  } else if (line_.constant("null")) {
    nulls_.set(known.field);  // as if it were absent, but named
    any_null_ = true;
    return true;
  } else if (form == Form::kBoolean || form == Form::kAny) {
    const bool yes = line_.constant("true");
    if (!yes && !line_.constant("false")) return false;
    read = cel::Value::of(yes);
  } else {
    if ((form != Form::kStrings && form != Form::kLabels) || !strings(read)) return false;
  }
  out.add(known.field, read);
  return true;
}

bool PlainDecoder::strings(cel::Value& out) {
  if (!line_.take('[')) return false;
  cel::ListBuilder items(arena_);
  if (!line_.take(']')) {
    do {
      std::string_view text;
      if (!line_.string(text)) return false;
      items.add(cel::Value::of_string(text));
    } while (line_.separator(','));
    if (!line_.take(']')) return false;
  }
  out = items.finish();
  return true;
}

bool PlainDecoder::other() {
  std::string_view text;
  if (line_.string(text)) return true;
  if (line_.at_number()) {
    bool whole = true;
    std::int64_t integer = 0;
    double real = 0;
    return line_.number(whole, integer, real);
  }
  return line_.constant("true") || line_.constant("false") || line_.constant("null");
}

}  // namespace lw::event
