#include "engine/texts.h"

#include <fmt/format.h>

#include <algorithm>

#include "cel/collection.h"
#include "engine/json.h"

namespace lw::engine {
namespace {

const cel::List kNoTerms{};

cel::Value list_value(const cel::List* list) {
  cel::Value value;
  value.kind = cel::Kind::kList;
  value.list = list;
  return value;
}

void gather_label(event::FieldId field, const cel::Value& item, std::vector<feature::FieldText>& out) {
  if (item.is(cel::Kind::kString)) {
    out.push_back({field, item.text()});
  } else if (item.is(cel::Kind::kMap)) {
    const cel::Value* label = item.map->find("label");
    if (label && label->is(cel::Kind::kString)) out.push_back({field, label->text()});
  }
}

void gather(const pack::Journey& journey, const event::Event& event, std::vector<feature::FieldText>& out) {
  out.clear();
  for (const event::FieldId field : journey.text_fields) {
    const cel::Value value = event.get(field);
    if (value.is(cel::Kind::kString)) {
      out.push_back({field, value.text()});
    } else if (value.is(cel::Kind::kList)) {
      for (const cel::Value& item : value.list->span()) gather_label(field, item, out);
    }
  }
}

// Whether the text that was sought in last is the field `text`: then it is normalised already.
bool ends_with_text(const pack::Plan& plan, event::Type type, const Heard& heard) {
  return heard.texts.back().field == event::field::kText && plan.terms->applies(type, event::field::kText);
}

std::int64_t local_ns(const Scene& scene, int zone_minutes) { return scene.event->time.ns + zone_minutes * kMinute; }

std::int64_t day_of(std::int64_t ns) { return ns / kDay - (ns % kDay < 0 ? 1 : 0); }

}  // namespace

bool Listener::hear(const event::Event& event, Heard& out) {
  if (event.type == event::Type::kUnknown) return false;
  const auto type = static_cast<std::size_t>(event.type);
  if (!plan_.quiet[type]) return false;
  gather(plan_.journeys[type], event, out.texts);
  if (out.texts.empty()) return false;
  plan_.terms->scan(event.type, out.texts, scratch_, out.hits);
  out.text.reset();
  if (ends_with_text(plan_, event.type, out)) out.text = Heard::Text{scratch_.normaliser().size(), scratch_.normaliser().key()};
  return true;
}

cel::Value Texts::terms_of(std::uint32_t list, Scene& scene) {
  const auto hits = scene.heard->hits.of(list);
  if (hits.empty()) return list_value(&kNoTerms);
  auto* items = scene.arena.array<cel::Value>(hits.size());
  auto* terms = scene.arena.array<std::uint32_t>(hits.size());
  std::uint32_t size = 0;
  for (const feature::Hit& hit : hits) {
    if (std::find(terms, terms + size, hit.term) != terms + size) continue;
    terms[size] = hit.term;
    // A pattern says nothing to people: the words that it found stand for it.
    items[size++] = cel::Value::of_string(plan_.terms->is_pattern(list, hit.term) ? hit.original : plan_.terms->term(list, hit.term));
  }
  return list_value(scene.arena.make(cel::List{items, size, {}}));
}

bool Texts::seek(const pack::Journey& journey, Scene& scene) {
  if (scene.heard != &scene.own) return !scene.heard->hits.empty();
  Heard& own = scene.own;
  gather(journey, *scene.event, own.texts);
  if (own.texts.empty()) return false;
  plan_.terms->scan(scene.event->type, own.texts, scratch_, own.hits);
  if (ends_with_text(plan_, scene.event->type, own)) {
    normal_ = &scratch_.normaliser();  // it was the last to be sought in
    normalised_ = scene.number;
  }
  return !own.hits.empty();
}

void Texts::fill_slots(const pack::Journey& journey, Scene& scene) {
  for (const pack::Index list : journey.lists) {
    scene.slots[plan_.text_slots[list]] = scene.heard->texts.empty() ? list_value(&kNoTerms) : terms_of(list, scene);
  }
}

const feature::Normaliser& Texts::normalised(std::string_view text, const Scene& scene) {
  if (normalised_ != scene.number) {
    normal_ = &normaliser_;
    normaliser_.run(text);
    normalised_ = scene.number;
  }
  return *normal_;
}

cel::Value Texts::builtin(pack::Builtin which, Scene& scene) {
  using pack::Builtin;
  if (which == Builtin::kTextKey || which == Builtin::kTextSize) {
    const cel::Value text = scene.event->get(event::field::kText);
    if (!text.is(cel::Kind::kString)) return {};
    if (which == Builtin::kTextSize) return cel::Value::of_int(scene.heard->text ? scene.heard->text->size : normalised(text.text(), scene).size());
    const auto key = scene.heard->text ? scene.heard->text->key : normalised(text.text(), scene).key();
    if (!key) return {};
    char* digits = scene.arena.array<char>(16);
    fmt::format_to(digits, "{:016x}", *key);
    return cel::Value::of_string({digits, 16});
  }
  const std::int64_t local = local_ns(scene, plan_.zone_minutes);
  const std::int64_t day = day_of(local);
  switch (which) {
    case Builtin::kLocalHour: return cel::Value::of_int((local - day * kDay) / kHour);
    case Builtin::kLocalDay: return cel::Value::of_int(day);
    case Builtin::kWeekday: return cel::Value::of_int((day % 7 + 7 + 3) % 7 + 1);  // 1970-01-01 was a Thursday, 4
    default: return {};
  }
}

void Texts::append_hits(const Scene& scene, const std::vector<std::uint32_t>& lists, std::string& out) const {
  std::size_t count = 0;
  for (const std::uint32_t list : lists) {
    if (scene.heard->texts.empty()) break;
    for (const feature::Hit& hit : scene.heard->hits.of(list)) {
      if (++count > kMaxHits) break;
      out += out.empty() ? "[{" : ",{";
      json::append_key(out, "list");
      json::append_string(out, plan_.terms->list_name(list));
      json::append_key(out, "term");
      json::append_string(out, plan_.terms->term(list, hit.term));
      json::append_key(out, "text");
      json::append_string(out, hit.original);
      json::append_key(out, "field");
      json::append_string(out, plan_.schema.name(scene.heard->texts[hit.text].field));
      json::append_key(out, "begin");
      json::append_int(out, hit.begin);
      json::append_key(out, "end");
      json::append_int(out, hit.end);
      out += '}';
    }
  }
  if (!out.empty()) out += ']';
}

}  // namespace lw::engine
