#include "server/private_file.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace lw::server {
namespace {

constexpr std::size_t kKeyBytes = 32;

}  // namespace

Status write_private(const std::string& path, std::string_view text) {
  const std::string part = path + ".part";
  const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return fail("{}: {}", part, std::strerror(errno));
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  const int wrong = errno;
  ::close(file);
  if (!written) return fail("{}: {}", part, std::strerror(wrong));
  if (std::rename(part.c_str(), path.c_str()) != 0) return fail("{}: {}", path, std::strerror(errno));
  return {};
}

Result<std::string> private_key(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string key{std::istreambuf_iterator<char>(in), {}};
  if (key.size() == kKeyBytes) return key;
  if (in.is_open() && !key.empty()) return fail("{}: {} bytes, not {}: put back the file that was there", path, key.size(), kKeyBytes);
  key.resize(kKeyBytes);
  randombytes_buf(key.data(), key.size());
  if (Status written = write_private(path, key); !written) return tl::make_unexpected(written.error());
  return key;
}

}  // namespace lw::server
