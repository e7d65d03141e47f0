// What the files say, read and checked each for itself; names between them are resolved later.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cel/cel.h"
#include "pack/desk.h"
#include "pack/mapping.h"
#include "pack/plan.h"

namespace lw::pack {

struct ParamDraft {
  Written name;
  cel::Value value;       // strings and lists live in Drafts::constants
  const cel::Type* type = nullptr;
  std::optional<double> min, max;  // of ints and doubles, and of durations in seconds
  Localised doc;
};

struct DerivedDraft {
  Written name, value;
};

struct KeyDraft {
  Written name, of;
  std::vector<Written> fields;
};

struct FeatureDraft {
  Written id;
  std::string key, name;
  feature::Spec spec;  // without the value's type
  Written value, probe, where, fills;
  std::vector<event::Type> on;
  Localised doc;
};

struct ListDraft {
  Written id;
  std::vector<Written> fields;
  std::vector<event::Type> on;  // empty: wherever it is read
  feature::TermList list;
  Written near, unless_near;    // names of other lists
};

struct TemplateDraft {
  struct Piece {
    std::string literal;
    Written expression;
    bool money = false;
  };
  std::vector<Piece> pieces;
};

struct RuleDraft {
  Rule rule;  // all of it that names nothing
  Written id, when, score;
  struct Signal {
    std::string name;
    Written expression;
  };
  std::vector<Signal> signals;
  Written target, each;         // a field of the event, or a set feature
  std::vector<Written> liable;
  TemplateDraft zh, en;
  Written from, unless_when, key;  // of a deadline
  bool enabled = true;
  std::size_t pack = 0;         // into Drafts::packs
  const Node* tests = nullptr;  // a sequence
};

struct RecordDraft {
  RecordTerm term;
  Written id;
  std::size_t pack = 0;
};

struct DeskDraft {
  enum class Kind : std::uint8_t { kClass, kGrade, kMeasure };
  struct Reference {
    Kind kind;
    Written name;
  };
  DeskPolicy policy;            // of all packs so far
  std::vector<Reference> references;
  const Node* given = nullptr;  // the last section; null: none
};

struct PackDraft {
  std::string id, version, dir;
  int zone_minutes = 480;
  bool asked_for = true;        // false: only because another uses it
  bool desk = false;            // it has that section
  std::vector<Written> uses;
  std::string name() const { return id + "@" + version; }
};

struct Drafts {
  std::deque<Document> documents;  // what Written and Node point into
  std::vector<PackDraft> packs;
  std::vector<std::string> fields;  // a platform's own, declared
  std::deque<ParamDraft> params;
  std::vector<DerivedDraft> derived;
  std::vector<KeyDraft> keys;
  std::vector<FeatureDraft> features;
  std::vector<ListDraft> lists;
  std::vector<RuleDraft> rules;
  std::vector<RecordDraft> records;
  DeskDraft desk;
  std::vector<std::int32_t> days_off, days_worked;
  std::unique_ptr<cel::Arena> constants = std::make_unique<cel::Arena>();
  std::vector<std::size_t> feature_packs, list_packs, param_packs;  // whose each is
};

// A duration as written: a literal ("1h30m") or a parameter ("params.window"). Empty, and a finding, if it is neither.
std::optional<Duration> read_duration(const Written& written, const Drafts& drafts, Findings& findings);

// {zh: …, en: …}; both are needed where `required`.
Localised read_localised(Mapping& mapping, std::string_view key, bool required, Findings& findings);

// The text "…{expression}…" in pieces; "{{" and "}}" are braces.
TemplateDraft read_template(const Written& written, Findings& findings);

// Law, required: a list of at least one; false if every basis rests on memory.
bool read_bases(Mapping& mapping, int zone_minutes, std::vector<Basis>& out, Findings& findings);
// effective_from and effective_to.
void read_effect(Mapping& mapping, int zone_minutes, std::optional<Time>& from, std::optional<Time>& to, Findings& findings);

// Overrides the value of a parameter from its YAML text; `at` is told in findings.
void override_param(Drafts& drafts, const std::string& name, const Node& value, Findings& findings);

// The sections of one file. Those that others depend on come first: call each pass over all files before the next.
void read_header(const Node& root, PackDraft& pack, Findings& findings);                     // pack
void read_params(const Node& root, std::size_t pack, Drafts& drafts, Findings& findings, const Limits& limits);    // params, fields, calendar
using ReadTermFile = std::function<const std::string*(const std::string& path)>;             // null: no such file
bool has_room(std::size_t count, const Node& at, std::string_view what, const Limits& limits, Findings& findings);  // for one more name
void read_features(const Node& root, std::size_t pack, Drafts& drafts, Findings& findings, const Limits& limits);  // derived, keys, features
void read_terms(const Node& root, std::size_t pack, Drafts& drafts, Findings& findings, const Limits& limits, const ReadTermFile& files);
void read_records(const Node& root, std::size_t pack, Drafts& drafts, Findings& findings, const Limits& limits);
void check_records(const Drafts& drafts, Findings& findings);  // once all were read
void read_desk(const Node& root, std::size_t pack, Drafts& drafts, Findings& findings);
void check_desk(const DeskDraft& desk, Findings& findings);
void read_rules(const Node& root, std::size_t pack, Drafts& drafts, Findings& findings, const Limits& limits);

}  // namespace lw::pack
