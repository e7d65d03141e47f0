// Term lists: thousands of terms and patterns found in one pass over the normalised text (Vectorscan).
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/result.h"
#include "event/vocabulary.h"
#include "feature/normalise.h"

namespace lw::feature {

// One line of a list, with the place it was written at.
struct Term {
  std::string text;
  Place place;
};

// A list as a pack declares it (docs/packs.md, Text).
struct TermList {
  struct Near {
    std::string list;          // by name
    std::uint32_t within = 0;  // code points of the normalised text between the two hits' beginnings
  };
  std::string name;
  Place place;
  std::vector<event::FieldId> fields;  // whose text it is matched in
  std::vector<event::Type> on;         // in events of these types; none given: of all
  std::vector<Term> terms;             // plain
  std::vector<Term> patterns;          // over the normalised text, Vectorscan's syntax
  std::vector<Term> except;            // phrases: a hit inside one of them is dropped
  std::optional<Near> near, unless_near;
};

// A text of an event. Several texts may have the same field (labels).
struct FieldText {
  event::FieldId field;
  std::string_view text;
};

struct Hit {
  std::uint32_t list;
  std::uint32_t term;         // of the list: terms, then patterns; see Terms::term
  std::uint32_t text;         // index into the texts given to scan()
  std::uint32_t begin, end;   // bytes of the original text
  std::uint32_t position;     // code point of the normalised text that it begins at
  std::string_view original;  // the slice: a view into the text given to scan()
};

// The hits of one event by list; within a list by text, then position. Reused from event to event.
class Hits {
 public:
  std::span<const Hit> all() const { return hits_; }
  std::span<const Hit> of(std::uint32_t list) const;
  bool empty() const { return hits_.empty(); }

 private:
  friend class Terms;
  std::vector<Hit> hits_;
};

// All lists of a plan. Immutable, shared by threads.
class Terms {
 public:
  // One per thread; made by the first scan with it. Not to be used with two Terms.
  class Scratch {
   public:
    Scratch();
    ~Scratch();
    Scratch(Scratch&&) noexcept;
    Scratch& operator=(Scratch&&) noexcept;
    Normaliser& normaliser();

   private:
    friend class Terms;
    struct Impl;
    std::unique_ptr<Impl> impl_;
  };

  // Terms and exceptions are normalised as texts are. Errors (a term of which nothing is left, a term twice in a list, a
  // bad pattern, one that may match nothing, an unknown list in near) carry their places; all of them are given.
  static tl::expected<std::unique_ptr<Terms>, std::vector<Error>> build(std::vector<TermList> lists);
  ~Terms();
  Terms(const Terms&) = delete;
  Terms& operator=(const Terms&) = delete;

  std::uint32_t list_count() const;
  std::string_view list_name(std::uint32_t list) const;
  std::optional<std::uint32_t> find_list(std::string_view name) const;
  std::string_view term(std::uint32_t list, std::uint32_t term) const;  // as it was written

  bool is_pattern(std::uint32_t list, std::uint32_t term) const;

  // Whether any list looks at events of this type, and at this field of them.
  bool applies(event::Type type) const;
  bool applies(event::Type type, event::FieldId field) const;

  // Replaces `hits` by those of the event's texts. Of hits of one list that begin at one place the longest stays, and a
  // hit wholly inside another of its list is dropped. `near` looks at hits of the same text, before that list's own
  // except and near. Allocates nothing once its buffers have grown.
  void scan(event::Type type, std::span<const FieldText> texts, Scratch& scratch, Hits& hits) const;

 private:
  struct Impl;
  explicit Terms(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lw::feature
