// livewarden evidence: verify checks a tree's folder or a bundle, offline; export writes a bundle for another authority.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "desk/evidence.h"
#include "desk/rule_texts.h"
#include "ledger/bundle.h"
#include "ledger/files.h"
#include "store/database.h"
#include "store/disk.h"
#include "store/folder_lock.h"

namespace lw::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct VerifyOptions {
  std::string place, key;
  bool json = false;
};

struct ExportOptions {
  std::string data = "livewarden-data", store, key, out, decision;
  std::uint64_t case_id = 0;
};

// What a stranger's file says is printed, and does nothing to a terminal: controls of ASCII, and those that UTF-8 writes as C2 80 to C2 9F.
std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]), next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    const bool of_two = c == 0xc2 && next >= 0x80 && next < 0xa0;
    out += of_two || c < ' ' || c == 0x7f ? '?' : text[i];
    i += of_two;
  }
  return out;
}

// "case 17", "decision 4f…".
std::string subject_of(const nlohmann::json& about) {
  for (const char* name : {"case", "decision"}) {
    if (about.contains(name)) return fmt::format("{} {}", name, about[name].dump());
  }
  return "nothing that is named";
}

std::string told(const std::string& place, const ledger::Verified& verified, const ledger::VerifiedBundle* bundle) {
  std::string out;
  if (bundle) {
    std::string kinds;
    for (const auto& [kind, count] : bundle->kinds) kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", count, printable(kind));
    out = fmt::format("{}: about {}; {} records, each proven in a tree of {} entries: {}\n", place, printable(subject_of(bundle->about)), bundle->opened + bundle->deleted,
                      verified.checkpoint.size, kinds.empty() ? "none" : kinds);
    if (bundle->deleted > 0) out += fmt::format("{} of them were deleted when their term ended: that they were there is all that is proven\n", bundle->deleted);
    for (const nlohmann::json& name : bundle->about.value("missing", nlohmann::json::array())) out += fmt::format("not in it: {}\n", printable(name.dump()));
    return out;
  }
  return fmt::format("{}: {} entries, {} records beside them; every file is as it was signed\n", place, verified.checkpoint.size, verified.opened);
}

int tell(const VerifyOptions& options, const ledger::Verified& verified, const ledger::VerifiedBundle* bundle) {
  const bool good = verified.findings.empty(), known = good && !options.key.empty();
  std::string text;
  if (options.json) {
    Json findings = Json::array();
    for (const ledger::Finding& finding : verified.findings) findings.push_back({{"file", finding.file}, {"message", finding.what}});
    Json out{{"ok", good}, {"entries", verified.checkpoint.size}, {"opened", verified.opened}, {"vkey", verified.vkey}, {"signer_known", known}, {"findings", findings}};
    if (bundle) out["about"] = Json::parse(bundle->about.dump());
    text = out.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  } else if (good) {
    text = told(options.place, verified, bundle);
    text += known ? fmt::format("signed by {}\n", verified.vkey) : fmt::format("consistent in itself, signer unknown: {}; --key FILE tells whom you trust\n", verified.vkey);
  } else {
    for (const ledger::Finding& finding : verified.findings) text += fmt::format("{}: {}\n", options.place, printable(finding.file + ": " + finding.what));
    if (verified.findings.size() >= ledger::Verified::kMostFindings) text += "… and more\n";
  }
  const int code = say::result(text);
  return code ? code : good ? 0 : 1;
}

int run_verify(const VerifyOptions& options) {
  std::optional<ledger::VerifierKey> key;
  if (!options.key.empty()) {
    const auto read = ledger::VerifierKey::read(options.key);
    if (!read) return say::failed(2, read.error());
    key = *read;
  }
  std::error_code ignored;
  if (fs::is_directory(options.place, ignored)) {
    const auto verified = ledger::verify_folder(options.place, key);
    return verified ? tell(options, *verified, nullptr) : say::failed(2, verified.error());
  }
  const auto text = ledger::read_file(options.place);
  if (!text) return say::failed(2, text.error());
  const auto verified = ledger::verify_bundle(*text, key);
  if (!verified) return say::failed(2, Error{fmt::format("{}: {}", options.place, verified.error().message), {}, {}});
  return tell(options, *verified, &*verified);
}

// Of the packs that judged in this data folder, whatever became of their directories since.
desk::RuleTexts kept_rules(const fs::path& data) {
  desk::RuleTexts out;
  const store::Disk disk;
  const std::string folder = (data / "state" / "packs").string();
  for (const std::string& name : disk.list(folder)) {
    const auto text = name.ends_with(".json") ? disk.read(folder + "/" + name) : fail("no pack");
    const auto bundle = text ? pack::Bundle::from_text(*text) : fail("no pack");
    const auto loaded = bundle ? pack::load(*bundle) : tl::make_unexpected(pack::Errors{});
    if (loaded) out.merge(desk::rule_texts(*loaded, *bundle));
  }
  return out;
}

int run_export(const ExportOptions& options) {
  if ((options.case_id == 0) == options.decision.empty()) return say::failed(2, Error{"name one thing: --case N or --decision ID", {}, {}});
  const fs::path data = options.data;
  std::error_code ignored;
  const std::string folder = (data / desk::kEvidenceFolder).string(), sqlite = (data / "desk.sqlite").string();
  const std::string key_file = options.key.empty() ? (data / desk::kEvidenceKey).string() : options.key;
  for (const std::string& needed : {options.store.empty() ? sqlite : key_file, key_file}) {
    if (!fs::exists(needed, ignored)) return say::failed(2, Error{fmt::format("{}: is not there; --data names the folder of a service", needed), {}, {}});
  }
  const auto db = store::Database::open_to_read(options.store.empty() ? "sqlite:" + sqlite : options.store);
  if (!db) return say::failed(2, db.error());
  const auto key = ledger::SigningKey::read(key_file);
  if (!key) return say::failed(2, key.error());
  // A service that runs writes the tree itself; else what it left undone is done here.
  if (const auto lock = store::FolderLock::take((data / "state").string(), false)) {
    auto evidence = desk::Evidence::open(**db, folder, *key);
    const auto pumped = evidence ? evidence->pump() : tl::make_unexpected(evidence.error());
    if (!pumped) return say::failed(3, pumped.error());
  }
  const Time now = wall_clock();
  const desk::RuleTexts rules = kept_rules(data);
  const auto bundle = desk::in_read(**db, [&](store::Session& session) {
    return desk::export_bundle(session, ledger::Reader(folder), *key, {options.case_id, options.decision}, rules, now);
  });
  if (!bundle) return say::failed(bundle.error().why == desk::Why::kNotFound ? 2 : 3, Error{bundle.error().message, {}, {}});
  if (const Status written = ledger::replace_file(options.out, *bundle, true); !written) return say::failed(3, written.error());
  say::note(fmt::format("{}: {} bytes; it verifies with livewarden evidence verify, under the key in {}/vkey", options.out, bundle->size(), folder));
  return 0;
}

}  // namespace

CLI::App* add_evidence(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("evidence", "checks evidence, and exports it for others to check");
  verb->require_subcommand(1);
  CLI::App* verify = verb->add_subcommand("verify", "a tree's folder, or a bundle: every byte, offline");
  auto check = std::make_shared<VerifyOptions>();
  verify->add_option("DIR|BUNDLE", check->place, "what audit and serve write to evidence/, or a file of evidence export")->required();
  verify->add_option("--key", check->key, "the public key of the signer whom you trust, had from elsewhere: a file vkey")->type_name("FILE");
  verify->add_flag("--json", check->json, "JSON instead of text");
  verify->footer("Exits with 1 if something was altered, and says where; 2 if it is no evidence.\n\n"
                 "  livewarden evidence verify report/evidence\n"
                 "  livewarden evidence verify case-17.json --key samr.vkey");
  verify->callback([check, &exit_code] { exit_code = run_verify(*check); });
  CLI::App* to_export = verb->add_subcommand("export", "a case or a decision, with all that proves it, in one file");
  auto options = std::make_shared<ExportOptions>();
  to_export->add_option("--case", options->case_id, "the case's number")->type_name("N");
  to_export->add_option("--decision", options->decision, "or a decision's id")->type_name("ID");
  to_export->add_option("--out", options->out, "the file")->required()->type_name("BUNDLE");
  to_export->add_option("--data", options->data, "the service's data folder; it may be running")->type_name("DIR")->capture_default_str();
  to_export->add_option("--store", options->store, "its database, if that is not in the folder: postgresql://…")->type_name("PLACE");
  to_export->add_option("--key", options->key, "its private key, if that is not in the folder")->type_name("FILE");
  to_export->footer("  livewarden evidence export --case 17 --out case-17.json");
  to_export->callback([options, &exit_code] { exit_code = run_export(*options); });
  verb->footer("  livewarden evidence verify report/evidence\n"
               "  livewarden evidence export --case 17 --out case-17.json --data /var/lib/livewarden");
  return verb;
}

}  // namespace lw::cli
