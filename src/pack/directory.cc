// Packs on disk.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "pack/directory.h"

namespace lw::pack {
namespace {

namespace fs = std::filesystem;

bool is_pack_file(const fs::path& path) { return path.extension() == ".yaml" || path.extension() == ".txt"; }

tl::unexpected<Error> cannot(const std::string& path, std::string message) {
  return tl::make_unexpected(Error{std::move(message), {path}, {}});
}

std::size_t most_bytes(const fs::path& path, const Limits& limits) {
  return path.extension() == ".yaml" ? limits.file_bytes : limits.term_file_bytes;
}

std::string without_slash(std::string dir) {
  while (dir.size() > 1 && dir.back() == '/') dir.pop_back();
  return dir;
}

constexpr std::size_t kReadAtOnce = 64 << 10;

}  // namespace

bool is_pack_id(std::string_view id) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  return !id.empty() && std::all_of(id.begin(), id.end(), good);
}

Result<std::string> read_text_file(const std::string& path, std::size_t most) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return cannot(path, "the file cannot be opened");
  std::string text;
  while (in && text.size() <= most) {
    const std::size_t had = text.size();
    text.resize(had + kReadAtOnce);
    in.read(text.data() + had, kReadAtOnce);
    text.resize(had + static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return cannot(path, "the file cannot be read");
  if (text.size() > most) return cannot(path, fmt::format("the file has more than {} bytes", most));
  return text;
}

Result<Source> read_directory(const std::string& dir, const Limits& limits) {
  Source source{without_slash(dir), {}};
  std::error_code error;
  if (!fs::is_directory(dir, error)) {
    const bool other = fs::exists(dir, error);
    return cannot(dir, other ? "not a directory: a pack is a directory of YAML files" : "no such directory");
  }
  fs::recursive_directory_iterator at(dir, error), end;
  for (; !error && at != end; at.increment(error)) {
    if (!at->is_regular_file(error) || error || !is_pack_file(at->path())) continue;
    if (source.files.size() == limits.files) return cannot(dir, fmt::format("more than {} files", limits.files));
    source.files.push_back({at->path().lexically_relative(dir).generic_string(), {}});
  }
  if (error) return cannot(dir, fmt::format("the directory cannot be read: {}", error.message()));
  std::sort(source.files.begin(), source.files.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  for (SourceFile& file : source.files) {
    const fs::path path = fs::path(source.name) / file.path;
    auto text = read_text_file(path.string(), most_bytes(path, limits));
    if (!text) return tl::make_unexpected(std::move(text.error()));
    file.text = std::move(*text);
  }
  return source;
}

std::string shipped_root() {
  if (const char* root = std::getenv("LW_PACKS")) return root;
  std::error_code error;
  const fs::path binary = fs::read_symlink("/proc/self/exe", error).parent_path();
  if (error) return {};
  for (const char* place : {"../../packs", "../share/livewarden/packs"}) {
    const fs::path root = (binary / place).lexically_normal();
    if (fs::is_directory(root, error)) return root.string();
  }
  return {};
}

}  // namespace lw::pack
