#include "server/backup.h"

#include <sodium.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "desk/evidence.h"
#include "ledger/files.h"
#include "ledger/note.h"
#include "ledger/reader.h"
#include "store/database.h"
#include "store/disk.h"

namespace lw::server {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Sums = std::map<std::string, std::string>;  // SHA-256 by path

constexpr int kFormat = 1;
constexpr std::string_view kSums = "SHA256SUMS", kAbout = "backup.json", kSqlite = "desk.sqlite", kPostgresql = "desk.pgdump";
constexpr std::string_view kUnsealing = "names/unsealing.json";
constexpr std::string_view kAsked = "backup.asked", kAnswered = "backup.answered";
constexpr std::size_t kReadBytes = 1 << 20;

std::string place_of(const Config& config) { return config.store.empty() ? "sqlite:" + config.data + "/" + std::string(kSqlite) : config.store; }
std::string_view copy_of(const std::string& place) { return place.starts_with("sqlite:") ? kSqlite : kPostgresql; }

Result<std::string> sha256_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  std::string buffer(kReadBytes, '\0');
  while (in) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(buffer.data()), static_cast<unsigned long long>(in.gcount()));
  }
  if (!in.eof()) return fail("{}: cannot be read", path);
  unsigned char hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256_final(&state, hash);
  char hex[2 * sizeof hash + 1];
  return sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
}

// Files below `folder`, by their paths from there. Whatever is neither a file nor a folder is refused.
Result<std::vector<std::string>> files_in(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code wrong;
  auto at = fs::recursive_directory_iterator(folder, wrong);
  for (; !wrong && at != fs::recursive_directory_iterator(); at.increment(wrong)) {
    const fs::file_type type = at->symlink_status(wrong).type();
    if (type == fs::file_type::regular) out.push_back(at->path().lexically_relative(folder).generic_string());
    else if (type != fs::file_type::directory) return fail("{}: is neither a file nor a folder", at->path().string());
  }
  if (wrong) return fail("{}: {}", folder, wrong.message());
  std::ranges::sort(out);
  return out;
}

Status keep_private(const std::string& folder) {
  std::error_code wrong;
  const auto files = files_in(folder);
  if (!files) return tl::make_unexpected(files.error());
  for (const std::string& file : *files) {
    fs::permissions(folder + "/" + file, fs::perms::owner_read | fs::perms::owner_write, wrong);
    for (fs::path above = fs::path(folder) / file; !wrong && above != fs::path(folder);) {
      above = above.parent_path();
      fs::permissions(above, fs::perms::owner_all, wrong);
    }
    if (wrong) return fail("{}/{}: cannot be kept for its owner alone: {}", folder, file, wrong.message());
  }
  return {};
}

Status make_empty(const std::string& folder, std::string_view what) {
  std::error_code wrong;
  if (fs::exists(folder, wrong) && !(fs::is_directory(folder, wrong) && fs::is_empty(folder, wrong))) return fail("{}: is not empty; {}", folder, what);
  fs::create_directories(folder, wrong);
  if (!wrong) fs::permissions(folder, fs::perms::owner_all, wrong);
  return wrong ? Status(fail("{}: {}", folder, wrong.message())) : Status{};
}

// The tree as its checkpoint has it, while it grows.
Status copy_tree(const std::string& from, const std::string& to) {
  const ledger::Reader tree(from);
  const auto note = tree.note();
  const auto vkey = ledger::read_file(from + "/vkey");
  if (!note || !vkey) return tl::make_unexpected(note ? vkey.error() : note.error());
  const auto key = ledger::VerifierKey::read(from + "/vkey");
  if (!key) return tl::make_unexpected(key.error());
  const auto at = ledger::Checkpoint::open(*note, *key);
  if (!at) return fail("{}/checkpoint: {}", from, at.error().message);
  Status done;
  ledger::for_each_tile(at->size, [&](const ledger::Tile& tile) {
    Result<std::string> bytes;
    if (tile.level == ledger::kEntries) {
      bytes = tree.bundle(tile);
    } else {
      const auto hashes = tree.hashes(tile);
      bytes = hashes ? Result<std::string>(ledger::to_bytes(*hashes)) : tl::make_unexpected(hashes.error());
    }
    done = bytes ? ledger::write_file(to + "/" + ledger::path_of(tile), *bytes, true) : tl::make_unexpected(bytes.error());
    return done.has_value();
  });
  if (done) done = ledger::write_file(to + "/vkey", *vkey, true);
  if (done) done = ledger::write_file(to + "/checkpoint", *note, true);
  return done;
}

// Keys, and what was no event.
Status copy_files(const std::string& data, const std::string& to) {
  const store::Disk disk;
  std::vector<std::string> names;
  for (const std::string& name : disk.list(data)) {
    if (name.ends_with(".key") || name.ends_with(".ndjson")) names.push_back(name);
  }
  for (const std::string& name : disk.list(data + "/names")) {
    if (name.ends_with(".json") && "names/" + name != kUnsealing) names.push_back("names/" + name);
  }
  for (const std::string& name : names) {
    if (Status made = disk.make_folder(fs::path(to + "/" + name).parent_path().string()); !made) return made;
    if (Status copied = disk.copy(data + "/" + name, to + "/" + name); !copied) return copied;
  }
  return {};
}

Result<Backup> fill_backup(const Config& config, runtime::Keeper& keeper, const std::string& folder, Time now) {
  Backup out{folder, 0, 0, {}};
  if (!config.pseudonyms.off) out.left_out.emplace_back(kUnsealing);
  if (!config.evidence.key.empty()) out.left_out.push_back(config.evidence.key);
  const std::string place = place_of(config);
  Status done = copy_tree(config.data + "/" + std::string(desk::kEvidenceFolder), folder + "/" + std::string(desk::kEvidenceFolder));
  if (done) done = keeper.copy_to(folder + "/state", [&] { return store::Database::backup(place, folder + "/" + std::string(copy_of(place))); });
  if (done) done = copy_files(config.data, folder);
  const Json about{{"format", kFormat}, {"made", format_rfc3339(now)}, {"store", copy_of(place)}, {"left_out", out.left_out}};
  if (done) done = ledger::write_file(folder + "/" + std::string(kAbout), about.dump(2) + "\n", true);
  if (done) done = keep_private(folder);
  if (!done) return tl::make_unexpected(done.error());
  const auto files = files_in(folder);
  if (!files) return tl::make_unexpected(files.error());
  std::string sums;
  for (const std::string& file : *files) {
    const auto sum = sha256_of(folder + "/" + file);
    if (!sum) return tl::make_unexpected(sum.error());
    sums += fmt::format("{}  {}\n", *sum, file);
    std::error_code unknown;
    out.bytes += fs::file_size(folder + "/" + file, unknown);
  }
  out.files = files->size();
  if (Status written = ledger::replace_file(folder + "/" + std::string(kSums), sums, true, 0600); !written) return tl::make_unexpected(written.error());
  return out;
}

Result<Sums> read_sums(const std::string& folder) {
  constexpr std::size_t kHex = 2 * crypto_hash_sha256_BYTES;
  const std::string path = folder + "/" + std::string(kSums);
  std::error_code unknown;
  if (!fs::exists(path, unknown)) return fail("{}: is missing: {} is no backup, or one that was broken off", path, folder);
  const auto text = ledger::read_file(path);
  if (!text) return tl::make_unexpected(text.error());
  Sums out;
  std::string_view rest = *text;
  for (std::size_t line = 1; !rest.empty(); ++line) {
    const std::size_t end = rest.find('\n');
    const std::string_view one = rest.substr(0, end);
    if (end == std::string_view::npos || one.size() < kHex + 3 || one.substr(kHex, 2) != "  ") return fail("{}:{}: is no line of sha256sum: it was altered", path, line);
    out.emplace(one.substr(kHex + 2), one.substr(0, kHex));
    rest.remove_prefix(end + 1);
  }
  return out;
}

// Every file is there, as it was, and no other.
Status check_files(const std::string& folder) {
  auto sums = read_sums(folder);
  if (!sums) return tl::make_unexpected(sums.error());
  const auto files = files_in(folder);
  if (!files) return tl::make_unexpected(files.error());
  for (const std::string& file : *files) {
    if (file == kSums) continue;
    const auto known = sums->find(file);
    if (known == sums->end()) return fail("{}/{}: {} does not know it: it is not of this backup, or {} was altered", folder, file, kSums, kSums);
    const auto sum = sha256_of(folder + "/" + file);
    if (!sum) return tl::make_unexpected(sum.error());
    if (*sum != known->second) return fail("{}/{}: is not as it was when the backup was made: take another copy of it", folder, file);
    sums->erase(known);
  }
  if (!sums->empty()) return fail("{}/{}: is missing", folder, sums->begin()->first);
  return {};
}

Result<Json> read_about(const std::string& folder) {
  const std::string path = folder + "/" + std::string(kAbout);
  const auto text = ledger::read_file(path);
  if (!text) return tl::make_unexpected(text.error());
  Json about = Json::parse(*text, nullptr, false);
  if (!about.is_object() || !about.contains("format") || !about["format"].is_number_integer()) return fail("{}: tells no format: this is no backup", path);
  if (about["format"] > kFormat) {
    return fail("{}: is of format {}, this version reads {}: restore it with the version that made it, or a newer one", path, about["format"].get<int>(), kFormat);
  }
  return about;
}

Result<Backup> told_backup(const Json& told) {
  if (told.contains("error")) return fail("{}", told.value("error", ""));
  return Backup{told.value("folder", ""), told.value("files", std::uint64_t{0}), told.value("bytes", std::uint64_t{0}), told.value("left_out", std::vector<std::string>())};
}

std::optional<Json> read_json(const std::string& path) {
  const auto text = ledger::read_file(path);
  if (!text) return std::nullopt;
  Json out = Json::parse(*text, nullptr, false);
  return out.is_object() ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

Result<Backup> write_backup(const Config& config, runtime::Keeper& keeper, const std::string& folder, Time now) {
  if (Status made = make_empty(folder, "name a new folder for the backup"); !made) return tl::make_unexpected(made.error());
  auto out = fill_backup(config, keeper, folder, now);
  std::error_code ignored;
  if (!out) fs::remove_all(folder, ignored);
  return out;
}

Result<Backup> restore_backup(const std::string& folder, const Config& config) {
  if (::sodium_init() < 0) return fail("libsodium does not start");
  // Of a newer format not even the sums are known to be what they are here.
  const auto about = read_about(folder);
  if (!about) return tl::make_unexpected(about.error());
  if (Status good = check_files(folder); !good) return tl::make_unexpected(good.error());
  const std::string place = place_of(config), stored = about->value("store", "");
  if (stored != copy_of(place)) {
    return fail("{}: its store is {}, the configuration's would be {}: set `store` to a place of the same kind", folder, stored, copy_of(place));
  }
  if (Status made = make_empty(config.data, "a backup is restored into a new folder"); !made) return tl::make_unexpected(made.error());
  const std::string marker = config.data + "/" + std::string(kRestoring);
  if (Status marked = ledger::replace_file(marker, "", true, 0600); !marked) return tl::make_unexpected(marked.error());
  Backup out{config.data, 0, 0, about->value("left_out", std::vector<std::string>())};
  const auto files = files_in(folder);
  if (!files) return tl::make_unexpected(files.error());
  const store::Disk disk;
  for (const std::string& file : *files) {
    if (file == kSums || file == kAbout) continue;
    const std::string to = config.data + "/" + file;
    Status done = file == stored ? store::Database::restore(place, folder + "/" + file) : disk.make_folder(fs::path(to).parent_path().string());
    if (done && file != stored) done = disk.copy(folder + "/" + file, to);
    if (!done) return tl::make_unexpected(done.error());
    std::error_code unknown;
    out.bytes += fs::file_size(folder + "/" + file, unknown);
    ++out.files;
  }
  if (Status kept = keep_private(config.data); !kept) return tl::make_unexpected(kept.error());
  disk.remove(marker);
  if (Status forced = disk.force_folder(config.data); !forced) return tl::make_unexpected(forced.error());
  return out;
}

Status ask_for_backup(const std::string& data, const std::string& id, const std::string& folder) {
  const std::string path = data + "/" + std::string(kAsked);
  std::error_code unknown;
  if (fs::exists(path, unknown)) return fail("{}: another backup was asked for; wait until it is made", path);
  return ledger::replace_file(path, Json{{"id", id}, {"folder", folder}}.dump() + "\n", false);
}

std::optional<Result<Backup>> backup_answer(const std::string& data, const std::string& id) {
  const auto told = read_json(data + "/" + std::string(kAnswered));
  if (!told || told->value("id", "") != id) return std::nullopt;
  return told_backup(*told);
}

Status answer_for_backup(const std::string& data, const std::function<Result<Backup>(const std::string& folder)>& make) {
  const std::string path = data + "/" + std::string(kAsked);
  const auto asked = read_json(path);
  if (!asked) return {};
  store::Disk().remove(path);
  const auto made = make(asked->value("folder", ""));
  Json answer{{"id", asked->value("id", "")}};
  if (made) answer.update({{"folder", made->folder}, {"files", made->files}, {"bytes", made->bytes}, {"left_out", made->left_out}});
  else answer["error"] = made.error().message;
  return ledger::replace_file(data + "/" + std::string(kAnswered), answer.dump() + "\n", false, 0600);
}

}  // namespace lw::server
