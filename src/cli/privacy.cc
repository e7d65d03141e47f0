// livewarden privacy: what is done with personal data, as an impact assessment asks for it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/judging.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "desk/field_use.h"
#include "store/database.h"

namespace lw::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  PackOptions packs;
  std::string lang = "en", database;
  bool json = false;
};

struct Both {
  std::string_view zh, en;
};

std::string basis_text(const pack::Basis& basis) { return basis.article.empty() ? basis.instrument : fmt::format("{} {}", basis.instrument, basis.article); }

// Each basis once, in the order of the rules.
std::vector<std::string> bases_of(const desk::FieldUse& use) {
  std::vector<std::string> out;
  for (const pack::Rule* rule : use.rules) {
    for (const pack::Basis& basis : rule->basis) {
      std::string text = basis_text(basis);
      if (std::ranges::find(out, text) == out.end()) out.push_back(std::move(text));
    }
  }
  return out;
}

// Acts on personal data, by body; names under each key.
Result<Json> counts_of(const std::string& place) {
  auto db = store::Database::open_to_read(place);
  if (!db) return tl::make_unexpected(db.error());
  Json acts = Json::array(), names = Json::array();
  const Status read = (*db)->read([&](store::Session& session) -> Status {
    for (const store::Row& row : session.rows("SELECT act, body, COUNT(*) FROM act WHERE act IN ('unsealPersonal', 'exportPersonal', 'deletePersonal') GROUP BY act, body ORDER BY act, body")) {
      acts.push_back({{"act", row.text(0)}, {"body", row.text(1)}, {"count", row.number(2)}});
    }
    for (const store::Row& row : session.rows("SELECT key_id, COUNT(*), SUM(CASE WHEN sealed = '' THEN 0 ELSE 1 END) FROM sealed GROUP BY key_id ORDER BY key_id")) {
      names.push_back({{"key", row.text(0)}, {"names", row.number(1)}, {"originals", row.number(2)}});
    }
    return session.status();
  });
  if (!read) return tl::make_unexpected(read.error());
  return Json{{"acts", std::move(acts)}, {"names", std::move(names)}};
}

std::string keep_text(const pack::RecordTerm& term) {
  std::string out;
  if (term.months != 0) out = term.months % 12 == 0 ? fmt::format("{}y", term.months / 12) : fmt::format("{}mo", term.months);
  if (term.days != 0) out += fmt::format("{}{}d", out.empty() ? "" : " + ", term.days);
  return out;
}

Json facts_of(const pack::Plan& plan) {
  Json fields = Json::array(), unused = Json::array(), terms = Json::array();
  for (const desk::FieldUse& use : desk::field_uses(plan)) {
    if (use.rules.empty() && !use.in_record) unused.push_back({{"field", use.field}, {"personal", use.personal != nullptr}});
    if (!use.personal) continue;
    Json rules = Json::array();
    for (const pack::Rule* rule : use.rules) rules.push_back(rule->id);
    const std::string_view kept = use.personal->kind.empty() ? "as it came" : use.personal->original ? "name, original sealed" : "name";
    fields.push_back({{"field", use.field}, {"kept", kept}, {"rules", std::move(rules)}, {"bases", bases_of(use)}});
  }
  for (const pack::RecordTerm& term : plan.records) {
    Json types = Json::array(), bases = Json::array();
    for (const event::Type type : term.on) types.push_back(event::name_of(type));
    for (const pack::Basis& basis : term.basis) bases.push_back(basis_text(basis));
    terms.push_back({{"id", term.id}, {"types", std::move(types)}, {"keep", keep_text(term)}, {"bases", std::move(bases)}});
  }
  std::size_t enforced = 0;
  std::set<std::string> actions;
  for (const pack::Rule& rule : plan.rules) {
    enforced += !rule.shadow;
    actions.insert(rule.actions.begin(), rule.actions.end());
  }
  return {{"pack", plan.name}, {"fields", std::move(fields)}, {"fields_without_use", std::move(unused)}, {"terms", std::move(terms)},
          {"rules", {{"enforced", enforced}, {"shadow", plan.rules.size() - enforced}, {"actions", actions}}}};
}

// What holds whatever the packs say (docs/security.md).
constexpr Both kAlways[] = {
    {"账号、设备、IP 等标识在接收处即以密钥散列为假名，事件日志、计算状态和数据库中只有假名；密钥按期更换，已停用且不再有人使用的密钥即删除。",
     "Ids of accounts, devices and addresses become names by keyed hashes where events come in; log, state and database hold names alone. Keys change in turn, and one that nobody is named under any more is deleted."},
    {"原始标识另行密封；运行中的服务只能密封，不能开启。开启须由主管部门人员凭列有该假名的未结案件并说明理由，先记录后开启；举报人的假名不可还原。",
     "Originals are sealed apart; the running service can seal and not open. An officer opens one with an open case that names it, and a reason, and it is on record before it is told. A reporter's name leads back for nobody."},
    {"部门只见其牵头或协办的案件与决定，平台只见本平台的，当事人只见自己的；他人的数据对其不存在。每一次导出、还原、删除均记入审计日志，并存入防篡改的证据树。",
     "A department sees the cases and decisions that it leads or assists in, a platform its own, a party its own; what is of others does not exist for them. Each export, unsealing and deletion is in the audit log, and that in the evidence tree."},
    {"自动化决策只产生线索和法律允许由机器作出的措施；对当事人的认定与处罚由具名人员作出，当事人可以申诉，申诉由另一人裁决。",
     "Decisions of the machine are leads, and measures that the law lets a machine take; findings and penalties against a party are a named person's, the party may appeal, and another person decides on it."},
    {"保存期届满即删除，未结案件所需者除外；删除后，证据树的承诺值仍在，证明仍然有效。",
     "What is over its term is deleted, unless an open case needs it; the evidence tree keeps the commitment, so that proofs stay whole."}};

std::string joined(const Json& list, std::string_view none) {
  std::vector<std::string> texts;
  for (const Json& item : list) texts.push_back(item.get<std::string>());
  return texts.empty() ? std::string(none) : fmt::format("{}", fmt::join(texts, "; "));
}

std::string to_text(const Json& facts, bool zh) {
  const auto say = [zh](const Both& both) { return zh ? both.zh : both.en; };
  std::string out = fmt::format("# {}\n\n{}: {}\n", say({"个人信息保护影响评估：事实", "Personal information protection impact assessment: the facts"}), say({"规则包", "Packs"}),
                                facts["pack"].get<std::string>());
  const std::string_view none = say({"无", "none"});
  out += fmt::format("\n## {}\n\n| {} | {} | {} | {} |\n|---|---|---|---|\n", say({"处理哪些个人信息，用于哪些规则，依据何法", "Which personal data come in, which rules use them, under which law"}),
                     say({"字段", "field"}), say({"保存形式", "kept as"}), say({"规则数", "rules"}), say({"依据", "basis"}));
  for (const Json& field : facts["fields"]) {
    const std::string kept = field["kept"].get<std::string>();
    const std::string_view shown = kept == "as it came" ? say({"原样", "as it came"}) : kept == "name" ? say({"假名", "name"}) : say({"假名，原值密封", "name, original sealed"});
    out += fmt::format("| `{}` | {} | {} | {} |\n", field["field"].get<std::string>(), shown, field["rules"].size(), joined(field["bases"], none));
  }
  out += fmt::format("\n## {}\n\n", say({"没有规则使用的字段：可以不收集", "Fields that no rule uses: they need not be collected"}));
  std::vector<std::string> personal, others;
  for (const Json& field : facts["fields_without_use"]) (field["personal"].get<bool>() ? personal : others).push_back("`" + field["field"].get<std::string>() + "`");
  out += fmt::format("- {}: {}\n- {}: {}\n", say({"个人信息", "personal"}), personal.empty() ? std::string(none) : fmt::format("{}", fmt::join(personal, ", ")),
                     say({"其他", "others"}), others.empty() ? std::string(none) : fmt::format("{}", fmt::join(others, ", ")));
  out += fmt::format("\n## {}\n\n| {} | {} | {} | {} |\n|---|---|---|---|\n", say({"保存期限", "Terms of keeping"}), say({"记录", "record"}), say({"期限", "term"}), say({"事件", "events"}),
                     say({"依据", "basis"}));
  for (const Json& term : facts["terms"]) {
    out += fmt::format("| {} | {} | {} | {} |\n", term["id"].get<std::string>(), term["keep"].get<std::string>(), joined(term["types"], say({"全部", "all"})), joined(term["bases"], none));
  }
  out += fmt::format("\n## {}\n\n", say({"自动化决策", "Automated decisions"}));
  out += zh ? fmt::format("- 生效规则 {} 条，影子模式 {} 条\n- 可建议的处置：{}\n", facts["rules"]["enforced"].get<int>(), facts["rules"]["shadow"].get<int>(), joined(facts["rules"]["actions"], none))
            : fmt::format("- {} rules in force, {} in shadow mode\n- actions that they may propose: {}\n", facts["rules"]["enforced"].get<int>(), facts["rules"]["shadow"].get<int>(),
                          joined(facts["rules"]["actions"], none));
  out += fmt::format("\n## {}\n\n", say({"保护措施与可见范围", "Protection, and who sees what"}));
  for (const Both& always : kAlways) out += fmt::format("- {}\n", say(always));
  if (!facts.contains("counts")) return out;
  out += fmt::format("\n## {}\n\n", say({"至今的还原、导出与删除", "Unsealings, exports and deletions so far"}));
  for (const Json& act : facts["counts"]["acts"]) out += fmt::format("- {} · {}: {}\n", act["act"].get<std::string>(), act["body"].get<std::string>(), act["count"].get<std::int64_t>());
  if (facts["counts"]["acts"].empty()) out += fmt::format("- {}\n", none);
  for (const Json& key : facts["counts"]["names"]) {
    out += fmt::format("- {} {}: {}\n", say({"密钥下的假名（其中密封原值）", "names under the key (originals sealed)"}), key["key"].get<std::string>(),
                       fmt::format("{} ({})", key["names"].get<std::int64_t>(), key["originals"].get<std::int64_t>()));
  }
  return out;
}

int run_report(const Options& options) {
  const auto loaded = load_packs(options.packs.load);
  if (!loaded) return 2;
  Json facts = facts_of(loaded->plan);
  if (!options.database.empty()) {
    auto counts = counts_of(options.database);
    if (!counts) return say::failed(2, counts.error());
    facts["counts"] = std::move(*counts);
  }
  return say::result(options.json ? facts.dump() + "\n" : to_text(facts, options.lang == "zh"));
}

}  // namespace

CLI::App* add_privacy(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("privacy", "what is done with personal data");
  verb->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* report = verb->add_subcommand("report", "the facts of an impact assessment: which data, for which rules, under which law, for how long, seen by whom");
  report->add_option("--lang", options->lang, "language of the text")->check(CLI::IsMember({"en", "zh"}))->capture_default_str();
  report->add_option("--database", options->database, "the service's database, as its configuration names it: counts of unsealings, exports and deletions; it is not running meanwhile")
      ->type_name("PLACE");
  report->add_flag("--json", options->json, "JSON instead of text");
  options->packs.add_to(*report);
  report->footer("  livewarden privacy report --lang zh\n"
                 "  livewarden privacy report --json | jq '.fields_without_use[] | select(.personal)'");
  report->callback([options, &exit_code] { exit_code = run_report(*options); });
  verb->footer("  livewarden privacy report --lang zh");
  return verb;
}

}  // namespace lw::cli
