#include "runtime/pack_history.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "pack/bundle.h"
#include "store/durable_file.h"

namespace lw::runtime {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

Result<std::string> read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail("{}: cannot be opened", path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string journal_of(const std::string& folder) { return folder + "/packs.ndjson"; }

}  // namespace

std::string PackHistory::path_of(const std::string& print) const { return fmt::format("{}/packs/{}.json", folder_, print); }

void PackHistory::note(Entry entry) {
  std::erase_if(entries_, [&](const Entry& other) { return other.from >= entry.from; });
  entries_.push_back(std::move(entry));
}

Result<PackHistory> PackHistory::open(const std::string& folder) {
  PackHistory history(folder);
  const std::string path = journal_of(folder);
  std::error_code wrong;
  fs::create_directories(folder + "/packs", wrong);
  if (wrong) return fail("{}/packs: cannot be made: {}", folder, wrong.message());
  if (!fs::exists(path, wrong)) return history;
  const auto text = read_all(path);
  if (!text) return tl::make_unexpected(text.error());
  std::string_view rest = *text;
  std::uint64_t whole = 0;  // bytes
  for (std::uint64_t line = 1; !rest.empty(); ++line) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) break;  // a write that was cut short: nothing was judged by it
    const ordered_json told = ordered_json::parse(rest.substr(0, end), nullptr, false);
    const bool good = told.is_object() && told.contains("from") && told["from"].is_number_unsigned() && told.contains("packs") && told["packs"].is_string();
    if (!good) return fail("{}:{}: expected {{\"from\":EVENT,\"packs\":PRINT}}", path, line);
    history.note({told["from"], told["packs"], told.value("shadow", std::string())});
    rest.remove_prefix(end + 1);
    whole += end + 1;
  }
  if (whole < text->size()) fs::resize_file(path, whole, wrong);
  if (wrong) return fail("{}: {}", path, wrong.message());
  return history;
}

std::vector<PackHistory::Entry> PackHistory::since(std::uint64_t judged) const {
  std::vector<Entry> out;
  for (const Entry& entry : entries_) {
    if (entry.from <= judged) out.clear();
    out.push_back(entry);
  }
  return out;
}

Result<Packs> PackHistory::packs(const std::string& print, bool enforced) const {
  const std::string path = path_of(print);
  auto text = read_all(path);
  if (!text) return tl::make_unexpected(text.error());
  if (pack::print_of(*text) != print) return fail("{}: is damaged", path);
  const auto bundle = pack::Bundle::from_text(*text);
  if (!bundle) return fail("{}: {}", path, bundle.error().message);
  auto loaded = pack::load(*bundle);
  if (!loaded) return fail("{}: {}", path, loaded.error().front().to_string());
  return Packs::of(std::move(*loaded), std::move(*text), enforced);
}

Result<Lineup> PackHistory::lineup(const Entry& entry) const {
  Lineup out;
  auto enforced = packs(entry.packs, true);
  if (!enforced) return tl::make_unexpected(enforced.error());
  out.enforced = std::move(*enforced);
  if (entry.shadow.empty()) return out;
  auto shadow = packs(entry.shadow, false);
  if (!shadow) return tl::make_unexpected(shadow.error());
  out.shadow = std::move(*shadow);
  return out;
}

Status PackHistory::keep(const Packs& packs) const {
  const std::string path = path_of(packs.print);
  std::error_code ignored;
  if (fs::exists(path, ignored)) return {};
  return store::write_durably(path, packs.text);
}

Status PackHistory::add(std::uint64_t from, const Lineup& lineup) {
  if (Status kept = keep(lineup.enforced); !kept) return kept;
  if (Status kept = lineup.shadow ? keep(lineup.shadow) : Status{}; !kept) return kept;
  ordered_json told{{"from", from}, {"packs", lineup.enforced.print}};
  if (lineup.shadow) told["shadow"] = lineup.shadow.print;
  told["name"] = lineup.enforced.loaded->plan.name;
  if (Status appended = store::append_durably(journal_of(folder_), told.dump() + "\n"); !appended) return appended;
  note({from, lineup.enforced.print, lineup.shadow.print});
  return {};
}

}  // namespace lw::runtime
