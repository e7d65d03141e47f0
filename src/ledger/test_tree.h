// For tests: a folder that goes, and RFC 6962 as it is written down, over all leaves each time.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "ledger/merkle.h"

namespace lw::ledger::test {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "lw-ledger-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path;
};

inline std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void spill(const fs::path& path, std::string_view bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

using Files = std::map<std::string, std::string>;  // bytes by path
inline Files files_in(const std::string& folder) {
  Files out;
  for (const auto& at : fs::recursive_directory_iterator(folder))
    if (at.is_regular_file()) out[at.path().lexically_relative(folder).generic_string()] = slurp(at.path());
  return out;
}
inline void put_files(const std::string& folder, const Files& files) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (const auto& [name, bytes] : files) spill(folder + "/" + name, bytes);
}

inline std::vector<std::string> made_entries(std::size_t from, std::size_t count) {
  std::vector<std::string> out;
  for (std::size_t i = from; i < from + count; ++i) out.push_back("e" + std::to_string(i * i % 1009) + std::string(i % 5, '.'));
  return out;
}

using Leaves = std::span<const std::string>;

inline std::size_t split(std::size_t size) {
  std::size_t k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}
inline Hash mth(Leaves leaves) {
  if (leaves.empty()) return sha256({});
  if (leaves.size() == 1) return sha256({std::string_view("\0", 1), leaves[0]});
  const std::size_t k = split(leaves.size());
  return sha256({"\x01", bytes_of(mth(leaves.first(k))), bytes_of(mth(leaves.subspan(k)))});
}
inline Proof path(std::size_t m, Leaves leaves) {
  if (leaves.size() <= 1) return {};
  const std::size_t k = split(leaves.size());
  Proof out = m < k ? path(m, leaves.first(k)) : path(m - k, leaves.subspan(k));
  out.push_back(m < k ? mth(leaves.subspan(k)) : mth(leaves.first(k)));
  return out;
}
inline Proof subproof(std::size_t m, Leaves leaves, bool known) {
  if (m == leaves.size()) return known ? Proof{} : Proof{mth(leaves)};
  const std::size_t k = split(leaves.size());
  Proof out = m <= k ? subproof(m, leaves.first(k), known) : subproof(m - k, leaves.subspan(k), false);
  out.push_back(m <= k ? mth(leaves.subspan(k)) : mth(leaves.first(k)));
  return out;
}

}  // namespace lw::ledger::test
