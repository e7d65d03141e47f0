#include "cli/evidence_folder.h"

#include <filesystem>

#include "ledger/leaf.h"
#include "ledger/verify.h"

namespace lw::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOrigin = "livewarden/audit";
constexpr std::size_t kAtOnce = 1 << 16;

}  // namespace

EvidenceFolder::EvidenceFolder(std::string folder, std::string at, ledger::Log log)
    : folder_(std::move(folder)), at_(std::move(at)), log_(std::move(log)), opened_(opened_file(folder_), std::ios::binary | std::ios::trunc) {}

std::string EvidenceFolder::opened_file(const std::string& folder) { return folder + "/" + std::string(ledger::kOpenedFile); }

Result<EvidenceFolder> EvidenceFolder::create(const std::string& folder, const std::string& key_file, Time at) {
  std::error_code ignored;
  const auto key = key_file.empty() ? ledger::SigningKey::make(kOrigin)
                   : fs::exists(key_file, ignored) ? ledger::SigningKey::read(key_file)  // whoever's log it is of
                                                   : ledger::SigningKey::read_or_make(key_file, kOrigin);
  if (!key) return tl::make_unexpected(key.error());
  std::error_code trouble;
  for (const char* name : {"checkpoint", "vkey", "tile"}) fs::remove_all(fs::path(folder) / name, trouble);
  // An audit can be made again: nothing is forced to the disk.
  auto log = ledger::Log::open(folder, *key, nullptr, false);
  if (!log) return tl::make_unexpected(log.error());
  return EvidenceFolder(folder, format_rfc3339(at), std::move(*log));
}

void EvidenceFolder::add(std::string_view kind, std::string_view record) {
  const std::uint64_t n = log_.size() + waiting_.size();
  const std::string salt = ledger::make_salt();
  waiting_.push_back(ledger::Leaf{n, at_, std::string(kind), ledger::commit(salt, record)}.entry());
  opened_ << ledger::opened_line(n, salt, record);
  if (waiting_.size() >= kAtOnce) append();
}

void EvidenceFolder::append() {
  if (outcome_) outcome_ = log_.append(waiting_);
  waiting_.clear();
}

Status EvidenceFolder::close() {
  append();
  opened_.close();
  if (outcome_ && !opened_) outcome_ = fail("{}: cannot be written", opened_file(folder_));
  return outcome_;
}

}  // namespace lw::cli
