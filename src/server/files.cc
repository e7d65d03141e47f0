#include "server/files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "base/hash.h"

namespace lw::server {
namespace {

namespace fs = std::filesystem;

struct Type {
  std::string_view suffix, type;
  bool text;
};
constexpr std::array<Type, 13> kTypes = {{{".html", "text/html; charset=utf-8", true},
                                          {".js", "text/javascript; charset=utf-8", true},
                                          {".mjs", "text/javascript; charset=utf-8", true},
                                          {".css", "text/css; charset=utf-8", true},
                                          {".json", "application/json", true},
                                          {".svg", "image/svg+xml", true},
                                          {".txt", "text/plain; charset=utf-8", true},
                                          {".webmanifest", "application/manifest+json", true},
                                          {".png", "image/png", false},
                                          {".ico", "image/x-icon", false},
                                          {".webp", "image/webp", false},
                                          {".woff2", "font/woff2", false},
                                          {".wasm", "application/wasm", false}}};

// "assets/index-B4x9dK2q.js": a dash or a dot, eight characters or more with a digit or a capital among them, a suffix; in assets/ alone.
bool holds_hash(std::string_view name) {
  if (!name.starts_with("assets/")) return false;
  const std::size_t suffix = name.rfind('.');
  if (suffix == std::string_view::npos) return false;
  const std::size_t dash = name.find_last_of("-.", suffix - 1);
  if (dash == std::string_view::npos || dash < name.rfind('/') + 1) return false;
  const std::string_view hash = name.substr(dash + 1, suffix - dash - 1);
  const auto word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  const auto rare = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return hash.size() >= 8 && std::all_of(hash.begin(), hash.end(), word) && std::any_of(hash.begin(), hash.end(), rare);
}

std::string compressed(const std::string& bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(done ? stream.total_out : 0);
  deflateEnd(&stream);
  return out.size() < bytes.size() ? out : std::string();
}

}  // namespace

Result<Files> Files::read(const std::string& folder) {
  Files out;
  std::size_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (!at->is_regular_file(error)) continue;
    const std::string name = fs::relative(at->path(), folder, error).generic_string();
    std::ifstream in(at->path(), std::ios::binary);
    File file;
    file.bytes.assign(std::istreambuf_iterator<char>(in), {});
    if (in.bad()) return fail("{}: cannot be read", at->path().string());
    bytes += file.bytes.size();
    if (bytes > kMostBytes) return fail("{}: more than {} bytes: not the console's files", folder, kMostBytes);
    const auto type = std::find_if(kTypes.begin(), kTypes.end(), [&](const Type& one) { return name.ends_with(one.suffix); });
    file.type = type == kTypes.end() ? "application/octet-stream" : type->type;
    const Key128 hash = hash128(file.bytes);
    file.etag = fmt::format("\"{:016x}{:016x}\"", hash.high, hash.low);
    if (type != kTypes.end() && type->text && file.bytes.size() > 1024) file.gzip = compressed(file.bytes);
    file.lasting = holds_hash(name);
    out.files_[name] = std::move(file);
  }
  if (error) return fail("{}: {}", folder, error.message());
  if (!out.files_.contains("index.html")) return fail("{}: no index.html: the console's files are what `npm run build` makes in console/dist", folder);
  return out;
}

const Files::File* Files::find(const std::vector<std::string>& path) const {
  const std::string name = fmt::format("{}", fmt::join(path, "/"));
  auto found = files_.find(name);
  const bool asset = !path.empty() && (path[0] == "assets" || (path.size() == 1 && path[0].find('.') != std::string::npos));
  if (found == files_.end() && !asset) found = files_.find("index.html");
  return found == files_.end() ? nullptr : &found->second;
}

std::string default_console(const std::string& binary) {
  const fs::path folder = fs::path(binary).parent_path();
  for (const char* way : {"../../console/dist", "../share/livewarden/console"}) {
    std::error_code error;
    if (fs::path found = (folder / way).lexically_normal(); fs::exists(found / "index.html", error)) return found.string();
  }
  return {};
}

}  // namespace lw::server
