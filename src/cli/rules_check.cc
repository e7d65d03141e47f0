// livewarden rules check: reads, types and plans packs, and tells every mistake with its place. rules list: what is in them.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "pack/calendar.h"
#include "pack/load.h"

namespace lw::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  pack::LoadOptions load;
  bool json = false;
  bool strict = false;  // notes are findings
};

Json to_json(const Error& error) {
  Json out;
  if (!error.place.file.empty()) out["file"] = error.place.file;
  if (error.place.line) out["line"] = error.place.line;
  if (error.place.column) out["column"] = error.place.column;
  out["message"] = error.message;
  return out;
}

Json to_json(const std::vector<Error>& errors) {
  Json out = Json::array();
  for (const Error& error : errors) out.push_back(to_json(error));
  return out;
}

Json to_json(const pack::Summary& pack) {
  return {{"pack", pack.name},         {"dir", pack.dir},           {"rules", pack.rules},       {"off", pack.off},
          {"shadow", pack.shadow},     {"features", pack.features}, {"lists", pack.lists},       {"terms", pack.terms},
          {"params", pack.params},     {"records", pack.records},   {"tests", pack.tests},       {"desk", pack.desk},         {"obligations", pack.obligations}};
}

std::string to_line(const pack::Summary& pack) {
  std::string rules = fmt::format("{} rules", pack.rules);
  if (pack.off) rules += fmt::format(" ({} off)", pack.off);
  if (pack.shadow) rules += fmt::format(" ({} shadow)", pack.shadow);
  return fmt::format("{}: {}, {} features, {} terms in {} lists, {} parameters, {} record terms, {} tests, {} rows of the law table{}\n", pack.name,
                     rules, pack.features, pack.terms, pack.lists, pack.params, pack.records, pack.tests, pack.obligations.size(),
                     pack.desk ? ", a desk" : "");
}

// 2 if a directory could not even be read, else 1.
int exit_code_of(const pack::LoadOptions& options) {
  for (const std::string& dir : options.dirs) {
    if (!pack::read_directory(dir, options.limits)) return 2;
  }
  return 1;
}

int refused(const Options& options, const pack::Errors& errors) {
  const int code = exit_code_of(options.load);
  for (const Error& error : errors) say::error(error);
  say::note(fmt::format("{} mistake{}", errors.size(), errors.size() == 1 ? "" : "s"));
  if (!options.json) return code;
  const int written = say::result(Json{{"ok", false}, {"errors", to_json(errors)}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  return written ? written : code;
}

int run_check(const Options& options) {
  const auto loaded = pack::load(options.load);
  if (!loaded) return refused(options, loaded.error());
  const bool good = !options.strict || loaded->notes.empty();
  std::vector<Error> notes = loaded->notes;
  const Time now = wall_clock();
  if (std::string ends = pack::calendar_ends(loaded->plan, now); !ends.empty()) notes.push_back({std::move(ends), {}, {}});
  for (const Error& note : notes) say::note(note.to_string());
  std::string text;
  if (options.json) {
    Json packs = Json::array();
    for (const pack::Summary& pack : loaded->packs) packs.push_back(to_json(pack));
    text = Json{{"ok", good}, {"packs", packs}, {"notes", to_json(notes)}}.dump() + "\n";
  } else {
    for (const pack::Summary& pack : loaded->packs) text += to_line(pack);
  }
  const int code = say::result(text);
  return code ? code : good ? 0 : 1;
}

Json to_json(const pack::Listed& rule) {
  return {{"id", rule.id},         {"obligation", rule.obligation}, {"violation", rule.violation}, {"lead", rule.lead},
          {"pack", rule.pack},     {"zh", rule.title.zh},           {"en", rule.title.en},         {"known", rule.known},
          {"on", rule.on},         {"shadow", rule.shadow},         {"file", rule.file},           {"line", rule.line}};
}

int run_list(const Options& options) {
  const auto loaded = pack::load(options.load);
  if (!loaded) return refused(options, loaded.error());
  Json rules = Json::array();
  std::string text;
  for (const pack::Listed& rule : loaded->rules) {
    if (options.json) rules.push_back(to_json(rule));
    const char* state = !rule.on ? "off" : rule.shadow ? "shadow" : "on";
    text += fmt::format("{:<6} {:<44} {:<22} {:<4} {}\n", state, rule.id, rule.violation, rule.lead, rule.title.en);
  }
  return say::result(options.json ? rules.dump() + "\n" : text);
}

CLI::App* add(CLI::App& rules, const char* name, const char* what, int (*run)(const Options&), int& exit_code) {
  CLI::App* verb = rules.add_subcommand(name, what);
  auto options = std::make_shared<Options>();
  verb->add_option("DIR", options->load.dirs, "directories of packs")->required();
  verb->add_option("--param", options->load.params, "overrides a parameter; may be given several times")->type_name("NAME=VALUE");
  verb->add_option("--params", options->load.params_files, "a YAML file of overrides, params: {NAME: VALUE}")->type_name("FILE");
  verb->add_option("--enable", options->load.enable, "switches on a rule that is off; may be given several times")->type_name("RULE");
  verb->add_flag("--json", options->json, "JSON instead of text");
  if (run == run_check) verb->add_flag("--strict", options->strict, "features, lists and parameters that nothing reads are mistakes");
  verb->callback([options, run, &exit_code] { exit_code = run(*options); });
  return verb;
}

}  // namespace

CLI::App* add_rules_check(CLI::App& rules, int& exit_code) {
  CLI::App* verb = add(rules, "check", "reads, types and plans packs; every mistake with its place", run_check, exit_code);
  verb->footer("Exits with 1 if there are mistakes, 2 if a directory cannot be read.\n\n  livewarden rules check packs/cn-live-commerce");
  return verb;
}

CLI::App* add_rules_list(CLI::App& rules, int& exit_code) {
  CLI::App* verb = add(rules, "list", "the rules of packs, those that are off too", run_list, exit_code);
  verb->footer("  livewarden rules list packs/cn-live-commerce --json");
  return verb;
}

}  // namespace lw::cli
