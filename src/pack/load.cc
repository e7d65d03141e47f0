#include "pack/load.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "pack/assemble.h"
#include "pack/bundle.h"
#include "pack/directory.h"
#include "pack/listing.h"
#include "pack/planner.h"
#include "pack/read_tests.h"

namespace lw::pack {
namespace {

constexpr std::string_view kSections[] = {"pack", "params", "fields", "calendar", "derived", "keys", "features", "terms", "records", "desk", "rules"};

class Loader {
 public:
  Loader(const LoadOptions& options, const FindPack& find) : options_(options), find_(find) {}

  tl::expected<Loaded, Errors> run(std::vector<Source> sources) {
    for (Source& source : sources) add_pack(std::move(source), true);
    if (!read()) return refused();
    resolve();
    if (!findings_.empty()) return refused();
    return std::move(loaded_);
  }

 private:
  // A pack's files: the trees of its YAML, and the texts of its term files by path.
  struct Files {
    std::vector<const Node*> roots;
    std::map<std::string, std::string, std::less<>> terms;
  };

  tl::unexpected<Errors> refused() { return tl::make_unexpected(findings_.take_sorted()); }

  // The pack, after those that it uses.
  void add_pack(Source source, bool asked_for) {
    Files files;
    PackDraft pack;
    pack.dir = source.name;
    pack.asked_for = asked_for;
    for (SourceFile& file : source.files) add_file(source.name, std::move(file), files);
    for (const Node* root : files.roots) read_header(*root, pack, findings_);
    if (pack.id.empty()) {
      if (!unread_) findings_.add(Error{"no `pack` section: write pack: {id: …, version: …} in pack.yaml", {source.name}, {}});
      pack.id = "?";
    } else if (!known_.insert(pack.id).second) {
      if (ask_for(pack)) return;
      findings_.add(Error{fmt::format("the pack {} is given twice", pack.id), {source.name}, {}});
      return;
    }
    for (const Written& used : pack.uses) use(used);
    drafts_.packs.push_back(std::move(pack));
    files_.push_back(std::move(files));
  }

  // A pack that another used already is asked for by itself too: that is no mistake.
  bool ask_for(const PackDraft& pack) {
    for (PackDraft& known : drafts_.packs) {
      if (known.id != pack.id || known.asked_for || known.version != pack.version) continue;
      return known.asked_for = true;
    }
    return false;
  }

  void add_file(const std::string& dir, SourceFile file, Files& files) {
    std::string name = dir + "/" + file.path;
    if (file.path.ends_with(".txt")) {
      files.terms.emplace(std::move(file.path), std::move(file.text));
      return;
    }
    auto document = parse_document(std::move(name), std::move(file.text), options_.limits);
    if (!document) {
      unread_ = true;
      return findings_.add(std::move(document.error()));
    }
    drafts_.documents.push_back(std::move(*document));
    const Node& root = drafts_.documents.back().root;
    if (root.is_null()) return;
    check_sections(root);
    if (root.is_mapping()) files.roots.push_back(&root);
  }

  void check_sections(const Node& root) {
    Mapping sections(root, "pack file", findings_);
    for (const std::string_view section : kSections) sections.get(section);
    sections.finish();
  }

  void use(const Written& used) {
    if (known_.contains(used.text)) return;
    auto source = find_ ? find_(used.text) : Result<Source>(fail("there is none"));
    if (!source) return used.refuse(findings_, fmt::format("no pack {}: {}", used.text, source.error().to_string()));
    add_pack(std::move(*source), false);
    if (!known_.contains(used.text)) {
      used.refuse(findings_, fmt::format("the pack found for {} has another id", used.text));
    }
  }

  // Every section of every file, each for itself; false where a file could not be read: what it holds would seem unknown.
  bool read() {
    const auto each = [&](auto&& section) {
      for (std::size_t pack = 0; pack < files_.size(); ++pack) {
        for (const Node* root : files_[pack].roots) section(*root, pack);
      }
    };
    each([&](const Node& root, std::size_t pack) { read_params(root, pack, drafts_, findings_, options_.limits); });
    override_params();
    each([&](const Node& root, std::size_t pack) { read_features(root, pack, drafts_, findings_, options_.limits); });
    each([&](const Node& root, std::size_t pack) {
      read_terms(root, pack, drafts_, findings_, options_.limits, [&](const std::string& path) -> const std::string* {
        const auto found = files_[pack].terms.find(path);
        return found == files_[pack].terms.end() ? nullptr : &found->second;
      });
    });
    each([&](const Node& root, std::size_t pack) { read_records(root, pack, drafts_, findings_, options_.limits); });
    check_records(drafts_, findings_);
    each([&](const Node& root, std::size_t pack) { read_desk(root, pack, drafts_, findings_); });
    check_desk(drafts_.desk, findings_);
    each([&](const Node& root, std::size_t pack) { read_rules(root, pack, drafts_, findings_, options_.limits); });
    return !unread_;
  }

  void override_params() {
    for (const SourceFile& file : options_.params_texts) params_file(file);
    for (const std::string& text : options_.params) {
      const std::size_t equals = text.find('=');
      if (equals == std::string::npos) {
        findings_.add(Error{fmt::format("--param {} is not NAME=VALUE", text), {}, {}});
        continue;
      }
      auto value = parse_document("--param " + text.substr(0, equals), text.substr(equals + 1), options_.limits);
      if (!value) {
        findings_.add(std::move(value.error()));
        continue;
      }
      drafts_.documents.push_back(std::move(*value));
      override_param(drafts_, text.substr(0, equals), drafts_.documents.back().root, findings_);
    }
  }

  void params_file(const SourceFile& file) {
    auto document = parse_document(file.path, file.text, options_.limits);
    if (!document) return findings_.add(std::move(document.error()));
    drafts_.documents.push_back(std::move(*document));
    Mapping mapping(drafts_.documents.back().root, "parameter file", findings_);
    if (const Node* params = mapping.require("params")) {
      if (!params->is_mapping()) findings_.add(*params, "`params` is a mapping of names to values");
      for (const Entry& entry : params->entries) override_param(drafts_, entry.key.text, entry.value, findings_);
    }
    mapping.finish();
  }

  // Names, types, order, journeys.
  void resolve() {
    Plan& plan = loaded_.plan;
    set_zone(plan);
    Names names(drafts_, plan, findings_);
    loaded_.packs = summaries(drafts_);
    loaded_.rules = listed_rules(drafts_);
    read_all_tests();
    auto lists = assemble(drafts_, names, plan, findings_, options_.enable, options_.enable_all).lists;
    drop_tests_of_rules_that_are_off();
    if (findings_.empty()) plan_journeys(names, plan, lists);
    for (feature::TermList& list : lists) {
      if (list.on.empty()) list.on = {event::Type::kUnknown};  // nobody reads it: none of the vocabulary's types
    }
    build_terms(std::move(lists));
    if (!findings_.empty()) return;
    loaded_.notes = notes(drafts_, names);
    count_switches();
    for (RecordDraft& draft : drafts_.records) plan.records.push_back(std::move(draft.term));
    std::ranges::sort(plan.records, {}, &RecordTerm::id);
    plan.days_off = std::move(drafts_.days_off);
    plan.days_worked = std::move(drafts_.days_worked);
    if (drafts_.desk.given) set_desk(plan);
    plan.constants = std::move(drafts_.constants);
  }

  void set_zone(Plan& plan) {
    const PackDraft* first = nullptr;
    for (const PackDraft& pack : drafts_.packs) {
      if (!pack.asked_for) continue;
      plan.name += (plan.name.empty() ? "" : "+") + pack.name();
      if (first && first->zone_minutes != pack.zone_minutes) {
        findings_.add(Error{fmt::format("its timezone is not that of the pack {}", first->name()), {pack.dir}, {}});
      }
      if (!first) first = &pack;
    }
    if (first) plan.zone_minutes = first->zone_minutes;
  }

  void set_desk(Plan& plan) {
    auto desk = std::make_shared<DeskPolicy>(std::move(drafts_.desk.policy));
    desk->days_off = plan.days_off;
    desk->days_worked = plan.days_worked;
    desk->zone_minutes = plan.zone_minutes;
    plan.desk = std::move(desk);
  }

  void read_all_tests() {
    for (const RuleDraft& draft : drafts_.rules) {
      if (draft.tests && draft.tests->is_sequence()) read_tests(draft, drafts_, findings_, options_.limits, loaded_.tests);
    }
  }
  void drop_tests_of_rules_that_are_off() {
    std::set<std::string_view> off;
    for (const RuleDraft& draft : drafts_.rules) {
      if (!draft.enabled) off.insert(draft.id.text);
    }
    std::erase_if(loaded_.tests, [&](const TestCase& test) { return off.contains(test.rule); });
  }

  void build_terms(std::vector<feature::TermList> lists) {
    auto terms = feature::Terms::build(std::move(lists));
    if (terms) {
      loaded_.plan.terms = std::move(*terms);
      return;
    }
    for (Error& error : terms.error()) {
      error.excerpt = line_of(error.place);
      findings_.add(std::move(error));
    }
  }

  std::string line_of(const Place& place) const {
    std::string_view text;
    for (const Document& document : drafts_.documents) {
      if (document.file->name() == place.file) text = document.file->text();
    }
    for (std::size_t pack = 0; pack < files_.size() && text.empty(); ++pack) {
      const std::string prefix = drafts_.packs[pack].dir + "/";
      if (!place.file.starts_with(prefix)) continue;
      const auto found = files_[pack].terms.find(std::string_view(place.file).substr(prefix.size()));
      if (found != files_[pack].terms.end()) text = found->second;
    }
    for (std::uint32_t line = 1; line < place.line; ++line) {
      const std::size_t end = text.find('\n');
      if (end == std::string_view::npos) return {};
      text.remove_prefix(end + 1);
    }
    text = text.substr(0, text.find('\n'));
    return std::string(text.ends_with('\r') ? text.substr(0, text.size() - 1) : text);
  }

  void count_switches() {
    std::map<std::string_view, bool> on;
    for (const RuleDraft& draft : drafts_.rules) {
      on.emplace(draft.id.text, draft.enabled);
      loaded_.packs[draft.pack].off += !draft.enabled;
    }
    for (Listed& rule : loaded_.rules) rule.on = on[rule.id];
  }

  const LoadOptions& options_;
  const FindPack& find_;
  Findings findings_;
  Drafts drafts_;
  std::vector<Files> files_;  // by pack of the drafts
  std::set<std::string, std::less<>> known_;
  bool unread_ = false;
  Loaded loaded_;
};

}  // namespace

tl::expected<Loaded, Errors> load(std::vector<Source> sources, const LoadOptions& options, const FindPack& find) {
  return Loader(options, find).run(std::move(sources));
}

tl::expected<Loaded, Errors> load(const LoadOptions& options, Bundle* read) {
  namespace fs = std::filesystem;
  Bundle bundle;
  std::vector<fs::path> places;  // where a pack named by `uses` may stand
  Errors errors;
  for (const std::string& dir : options.dirs) {
    auto source = read_directory(dir, options.limits);
    if (!source) {
      errors.push_back(std::move(source.error()));
      continue;
    }
    places.push_back((fs::path(source->name) / "..").lexically_normal());
    bundle.packs.push_back(std::move(*source));
  }
  if (options.dirs.empty()) errors.push_back(Error{"no pack is named", {}, {}});
  bundle.params_files = options.params_texts;
  for (const std::string& path : options.params_files) {
    auto text = read_text_file(path, options.limits.file_bytes);
    if (text) bundle.params_files.push_back({path, std::move(*text)});
    else errors.push_back(std::move(text.error()));
  }
  if (!errors.empty()) return tl::make_unexpected(std::move(errors));
  const std::string root = options.root.empty() ? shipped_root() : options.root;
  if (!root.empty()) places.emplace_back(root);
  LoadOptions in_memory = options;
  in_memory.params_texts = bundle.params_files;
  auto loaded = load(bundle.packs, in_memory, [&](const std::string& id) -> Result<Source> {
    std::error_code ignored;
    for (const fs::path& place : places) {
      if (!is_pack_id(id) || !fs::is_directory(place / id, ignored)) continue;
      auto source = read_directory((place / id).string(), options.limits);
      if (source) bundle.used.push_back(*source);
      return source;
    }
    return fail("it is neither beside the pack that uses it nor among the shipped ones");
  });
  bundle.params = options.params;
  bundle.enable = options.enable;
  if (read) *read = std::move(bundle);
  return loaded;
}

}  // namespace lw::pack
