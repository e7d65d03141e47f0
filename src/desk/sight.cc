#include "desk/sight.h"

#include <algorithm>

#include "pack/contract.h"

namespace lw::desk {
namespace {

constexpr std::int64_t kMostItems = 200;

// Of one that the vocabulary knows; "" sees nothing.
std::string department_of(const Actor& actor) {
  const std::string_view department = actor.department();
  return pack::find_word(pack::Vocabulary::kDepartment, department) ? std::string(department) : std::string();
}

constexpr std::string_view kCases =
    "(case_file.lead = ? OR case_file.assist LIKE ? OR (case_file.joint <> 0 AND case_file.joint IN"
    " (SELECT other.joint FROM case_file other WHERE other.lead = ? OR other.assist LIKE ?)))";

}  // namespace

Where& Where::add_with(std::string_view condition, const std::vector<store::Value>& values) {
  text_ += text_.empty() ? " WHERE " : " AND ";
  std::size_t number = values_.size();
  for (const char c : condition) {
    if (c == '?') text_ += fmt::format(":v{}", number++);
    else text_ += c;
  }
  values_.insert(values_.end(), values.begin(), values.end());
  return *this;
}

store::Rows Where::rows(store::Session& session, std::string_view select, std::string_view rest) const {
  return session.rows_with(fmt::format("{}{} {}", select, text_, rest), values_);
}

std::string listed_in(std::string_view department) { return fmt::format("%\"{}\"%", department); }

void see_cases(Where& where, const Actor& actor) {
  if (actor.is_department()) {
    const std::string department = department_of(actor), in = listed_in(department);
    if (department.empty()) where.nothing();
    else where.add(kCases, department, in, department, in);
  } else if (actor.is_platform()) {
    where.add("case_file.platform = ?", actor.platform());
  } else if (actor.is_party()) {
    where.add("case_file.platform = ? AND case_file.liable_kind = ? AND case_file.liable_id = ?", actor.platform(), actor.party_kind(), actor.party_id());
  } else {
    where.nothing();
  }
}

void see_decisions(Where& where, const Actor& actor) {
  if (actor.is_department()) {
    const std::string department = department_of(actor), in = listed_in(department);
    if (department.empty()) where.nothing();
    else where.add(fmt::format("(decision.lead = ? OR decision.assist LIKE ? OR EXISTS (SELECT 1 FROM case_file WHERE case_file.id = decision.case_id AND {}))", kCases),
                   department, in, department, in, department, in);
    return;
  }
  where.add("decision.mode <> 'shadow'");
  if (actor.is_platform()) where.add("decision.platform = ?", actor.platform());
  else if (actor.is_party()) where.add("decision.platform = ? AND decision.liable_kind = ? AND decision.liable_id = ?", actor.platform(), actor.party_kind(), actor.party_id());
  else where.nothing();
}

void see_interventions(Where& where, const Actor& actor) {
  if (actor.is_department()) {
    const std::string department = department_of(actor), in = listed_in(department);
    if (department.empty()) where.nothing();
    else where.add(fmt::format("(EXISTS (SELECT 1 FROM case_file WHERE case_file.id = intervention.case_id AND {})"
                               " OR EXISTS (SELECT 1 FROM decision WHERE decision.id = intervention.decision AND (decision.lead = ? OR decision.assist LIKE ?)))", kCases),
                   department, in, department, in, department, in);
  } else if (actor.is_platform()) {
    where.add("intervention.platform = ?", actor.platform());
  } else if (actor.is_party()) {
    where.add("intervention.platform = ? AND intervention.target_kind = ? AND intervention.target_id = ?", actor.platform(), actor.party_kind(), actor.party_id());
  } else {
    where.nothing();
  }
}

void at_least(Where& where, std::string_view column, std::string_view severity) {
  if (severity.empty()) return;
  const auto& words = pack::words(pack::Vocabulary::kSeverity);
  std::string marks;
  std::vector<store::Value> values;
  for (auto word = std::ranges::find(words, severity); word != words.end(); ++word) {
    marks += marks.empty() ? "?" : ", ?";
    values.emplace_back(*word);
  }
  if (values.empty()) where.nothing();
  else where.add_with(fmt::format("{} IN ({})", column, marks), values);
}

Page page_of(const Query& query) {
  return {static_cast<std::size_t>(std::clamp<std::int64_t>(asked_number(query, "limit", 50), 1, kMostItems)), asked(query, "after")};
}
std::string limit_of(const Page& page) { return fmt::format(" LIMIT {}", page.limit + 1); }

}  // namespace lw::desk
