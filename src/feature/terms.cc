#include "feature/terms.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "feature/term_database.h"

namespace lw::feature {
namespace {

constexpr std::size_t kMaxMatches = 1000;  // of a text: hits are compared with one another, and a text may be made of them

// A match as Vectorscan reports it: bytes of the normalised text.
struct Match {
  std::uint32_t expression;
  std::uint32_t begin, end;
};

// A match as a hit of a list to be, still in the normalised text.
struct Found {
  std::uint32_t list, term;
  std::uint32_t begin, end;
  std::uint32_t position;
  bool dropped = false;
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool runs_on(char left, char right) { return (is_letter(left) && is_letter(right)) || (is_digit(left) && is_digit(right)); }

// A plain term ends where its last word ends: "sb" is not in "usb", nor "1元" in "11元".
bool whole(std::string_view text, std::uint32_t begin, std::uint32_t end) {
  if (begin > 0 && runs_on(text[begin - 1], text[begin])) return false;
  return end >= text.size() || !runs_on(text[end - 1], text[end]);
}

struct Nearness {
  std::uint32_t list;
  std::uint32_t within;
};

struct List {
  TermList given;
  std::optional<Nearness> near, unless_near;
  std::array<bool, event::kTypeCount + 1> on{};
};

}  // namespace

struct Terms::Impl {
  std::vector<List> lists;
  TermDatabase database;
  // Whether any list looks at a field in events of a type.
  std::array<std::array<bool, event::kFieldLimit>, event::kTypeCount + 1> applies{};
  std::array<bool, event::kTypeCount + 1> applies_any{};

  bool wants(const List& list, event::Type type, event::FieldId field) const {
    return list.on[static_cast<std::size_t>(type)] &&
           std::find(list.given.fields.begin(), list.given.fields.end(), field) != list.given.fields.end();
  }
  void scan_text(event::Type type, std::uint32_t text, const FieldText& field, Scratch::Impl& scratch, std::vector<Hit>& hits) const;
  void sort_out(event::Type type, event::FieldId field, Scratch::Impl& scratch) const;
  bool near_any(const std::vector<Found>& found, const Nearness& near, std::uint32_t position) const;
};

struct Terms::Scratch::Impl {
  Normaliser normaliser;
  hs_scratch_t* scratch = nullptr;
  std::vector<Match> matches;
  std::vector<Found> found;
  std::vector<Found> exceptions;
  ~Impl() { hs_free_scratch(scratch); }
};

Terms::Scratch::Scratch() : impl_(std::make_unique<Impl>()) {}
Terms::Scratch::~Scratch() = default;
Terms::Scratch::Scratch(Scratch&&) noexcept = default;
Terms::Scratch& Terms::Scratch::operator=(Scratch&&) noexcept = default;
Normaliser& Terms::Scratch::normaliser() { return impl_->normaliser; }

std::span<const Hit> Hits::of(std::uint32_t list) const {
  const auto [first, last] = std::equal_range(hits_.begin(), hits_.end(), Hit{list, 0, 0, 0, 0, 0, {}},
                                              [](const Hit& a, const Hit& b) { return a.list < b.list; });
  return {first, last};
}

namespace {

// Collects the expressions of all lists, each text once.
class Collector {
 public:
  explicit Collector(std::vector<Error>& errors) : errors_(errors) {}

  void add(const TermList& list, std::uint32_t number) {
    std::map<std::string, const Term*, std::less<>> seen;
    std::uint32_t term = 0;
    for (const Term& written : list.terms) {
      const std::string text(normaliser_.run(written.text));
      const auto [other, fresh] = seen.emplace(text, &written);
      if (text.empty()) {
        error(written, "nothing is left of the term \"" + written.text + "\" once it is normalised; give it a letter or digit");
      } else if (!fresh) {
        error(written, "the term \"" + written.text + "\" is in the list " + list.name + " already, at line " +
                           std::to_string(other->second->place.line) + "; remove one");
      } else {
        put(text, written, false, {number, term});
      }
      ++term;
    }
    for (const Term& pattern : list.patterns) put(pattern.text, pattern, true, {number, term++});
    for (const Term& phrase : list.except) {
      const std::string text(normaliser_.run(phrase.text));
      if (text.empty()) {
        error(phrase, "nothing is left of the exception \"" + phrase.text + "\" once it is normalised");
      } else {
        put(text, phrase, false, {number, Meaning::kException});
      }
    }
  }
  std::vector<Expression> take() { return std::move(expressions_); }

 private:
  void error(const Term& term, std::string message) { errors_.push_back({std::move(message), term.place, {}}); }
  void put(const std::string& text, const Term& term, bool pattern, Meaning meaning) {
    const auto [at, fresh] = index_.emplace(std::pair(pattern, text), static_cast<std::uint32_t>(expressions_.size()));
    if (fresh) expressions_.push_back({text, term.place, pattern, static_cast<std::uint32_t>(text.size()), {}});
    expressions_[at->second].meanings.push_back(meaning);
  }

  std::vector<Error>& errors_;
  Normaliser normaliser_;
  std::map<std::pair<bool, std::string>, std::uint32_t> index_;
  std::vector<Expression> expressions_;
};

}  // namespace

tl::expected<std::unique_ptr<Terms>, std::vector<Error>> Terms::build(std::vector<TermList> lists) {
  auto impl = std::make_unique<Impl>();
  std::vector<Error> errors;
  Collector collector(errors);
  std::map<std::string_view, std::uint32_t> names;
  for (std::uint32_t i = 0; i < lists.size(); ++i) names.emplace(lists[i].name, i);
  const auto nearness = [&](const TermList& list, const std::optional<TermList::Near>& near) -> std::optional<Nearness> {
    if (!near) return std::nullopt;
    const auto at = names.find(near->list);
    if (at != names.end()) return Nearness{at->second, near->within};
    errors.push_back({"the list " + list.name + " asks for hits near \"" + near->list + "\", which is no term list", list.place, {}});
    return std::nullopt;
  };
  for (std::uint32_t i = 0; i < lists.size(); ++i) {
    List made{lists[i], nearness(lists[i], lists[i].near), nearness(lists[i], lists[i].unless_near), {}};
    if (made.given.on.empty()) made.on.fill(true);
    for (const event::Type type : made.given.on) made.on[static_cast<std::size_t>(type)] = true;
    for (std::size_t type = 0; type <= event::kTypeCount; ++type) {
      if (!made.on[type]) continue;
      impl->applies_any[type] = true;
      for (const event::FieldId field : made.given.fields) impl->applies[type][field] = true;
    }
    collector.add(lists[i], i);
    impl->lists.push_back(std::move(made));
  }
  if (!errors.empty()) return tl::make_unexpected(std::move(errors));
  auto database = TermDatabase::compile(collector.take());
  if (!database) return tl::make_unexpected(std::move(database.error()));
  impl->database = std::move(*database);
  if (impl->database.empty()) impl->applies = {}, impl->applies_any = {};
  return std::unique_ptr<Terms>(new Terms(std::move(impl)));
}

Terms::Terms(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Terms::~Terms() = default;

std::uint32_t Terms::list_count() const { return static_cast<std::uint32_t>(impl_->lists.size()); }
std::string_view Terms::list_name(std::uint32_t list) const { return impl_->lists[list].given.name; }
std::optional<std::uint32_t> Terms::find_list(std::string_view name) const {
  for (std::uint32_t i = 0; i < list_count(); ++i)
    if (list_name(i) == name) return i;
  return std::nullopt;
}
std::string_view Terms::term(std::uint32_t list, std::uint32_t term) const {
  const TermList& given = impl_->lists[list].given;
  return term < given.terms.size() ? given.terms[term].text : given.patterns[term - given.terms.size()].text;
}
bool Terms::is_pattern(std::uint32_t list, std::uint32_t term) const { return term >= impl_->lists[list].given.terms.size(); }
bool Terms::applies(event::Type type) const { return impl_->applies_any[static_cast<std::size_t>(type)]; }
bool Terms::applies(event::Type type, event::FieldId field) const {
  return impl_->applies[static_cast<std::size_t>(type)][field];
}

void Terms::scan(event::Type type, std::span<const FieldText> texts, Scratch& scratch, Hits& hits) const {
  hits.hits_.clear();
  if (!applies(type)) return;
  if (!scratch.impl_->scratch && hs_alloc_scratch(impl_->database.get(), &scratch.impl_->scratch) != HS_SUCCESS) {
    throw std::bad_alloc();
  }
  for (std::uint32_t i = 0; i < texts.size(); ++i) {
    if (applies(type, texts[i].field)) impl_->scan_text(type, i, texts[i], *scratch.impl_, hits.hits_);
  }
  if (hits.hits_.size() < 2) return;
  std::sort(hits.hits_.begin(), hits.hits_.end(), [](const Hit& a, const Hit& b) {
    return std::tie(a.list, a.text, a.position, a.begin, a.end, a.term) < std::tie(b.list, b.text, b.position, b.begin, b.end, b.term);
  });
}

void Terms::Impl::scan_text(event::Type type, std::uint32_t text, const FieldText& field, Scratch::Impl& scratch,
                            std::vector<Hit>& hits) const {
  const std::string_view normal = scratch.normaliser.run(field.text);
  scratch.matches.clear();
  if (normal.empty()) return;
  const auto collect = [](unsigned id, unsigned long long from, unsigned long long to, unsigned, void* context) {
    auto& matches = *static_cast<std::vector<Match>*>(context);
    // Matches come in the order of their ends; those of one end in no order, so they are taken together or not at all.
    if (matches.size() >= kMaxMatches && to > matches.back().end) return 1;
    matches.push_back({id, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)});
    return 0;
  };
  hs_scan(database.get(), normal.data(), static_cast<unsigned>(normal.size()), 0, scratch.scratch, collect, &scratch.matches);
  if (scratch.matches.empty()) return;
  sort_out(type, field.field, scratch);
  for (const Found& found : scratch.found) {
    if (found.dropped) continue;
    const std::uint32_t begin = scratch.normaliser.begin(found.begin), end = scratch.normaliser.end(found.end - 1);
    hits.push_back({found.list, found.term, text, begin, end, found.position, field.text.substr(begin, end - begin)});
  }
}

bool Terms::Impl::near_any(const std::vector<Found>& found, const Nearness& near, std::uint32_t position) const {
  return std::any_of(found.begin(), found.end(), [&](const Found& other) {
    const std::uint32_t apart = other.position > position ? other.position - position : position - other.position;
    return other.list == near.list && apart <= near.within;
  });
}

// Matches to hits: those of lists that look here, then exceptions, nearness and the longest at a place.
void Terms::Impl::sort_out(event::Type type, event::FieldId field, Scratch::Impl& scratch) const {
  std::vector<Found>& all = scratch.found;
  all.clear();
  scratch.exceptions.clear();
  for (const Match& match : scratch.matches) {
    const Expression& expression = database.expression(match.expression);
    const std::uint32_t begin = expression.pattern ? match.begin : match.end - expression.size;
    if (begin == match.end || (!expression.pattern && !whole(scratch.normaliser.text(), begin, match.end))) continue;
    for (const Meaning meaning : expression.meanings) {
      const Found found{meaning.list, meaning.term, begin, match.end, scratch.normaliser.position(begin)};
      (meaning.term == Meaning::kException ? scratch.exceptions : all).push_back(found);
    }
  }
  const auto inside = [](const Found& a, const Found& b) { return a.list == b.list && a.begin >= b.begin && a.end <= b.end; };
  for (Found& hit : all) {
    const List& list = lists[hit.list];
    hit.dropped = !wants(list, type, field) ||
                  std::any_of(scratch.exceptions.begin(), scratch.exceptions.end(), [&](const Found& phrase) { return inside(hit, phrase); }) ||
                  (list.near && !near_any(all, *list.near, hit.position)) ||
                  (list.unless_near && near_any(all, *list.unless_near, hit.position));
  }
  std::erase_if(all, [](const Found& hit) { return hit.dropped; });
  // The longest first at each place, so that what lies inside an earlier hit, or repeats it, goes.
  std::sort(all.begin(), all.end(), [](const Found& a, const Found& b) {
    return std::tie(a.list, a.begin, b.end, a.term) < std::tie(b.list, b.begin, a.end, b.term);
  });
  const Found* last = nullptr;
  for (Found& hit : all) {
    hit.dropped = last && hit.list == last->list && hit.end <= last->end;
    if (!hit.dropped) last = &hit;
  }
}

}  // namespace lw::feature
