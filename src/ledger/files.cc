#include "ledger/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace lw::ledger {
namespace {

namespace fs = std::filesystem;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

tl::unexpected<Error> failed(const std::string& path, std::string_view what) { return fail("{}: {}: {}", path, what, std::strerror(errno)); }

Status write(const std::string& path, std::string_view bytes, bool forced, unsigned mode) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!file) return failed(path, "cannot be made");
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed(path, "cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (forced && ::fsync(file.number()) != 0) return failed(path, "cannot be forced to the disk");
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failed(path, "cannot be opened");
  std::string out;
  struct stat facts{};
  if (::fstat(file.number(), &facts) == 0 && facts.st_size > 0) out.reserve(static_cast<std::size_t>(facts.st_size));
  char buffer[1 << 16];
  while (true) {
    const ssize_t size = ::read(file.number(), buffer, sizeof(buffer));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failed(path, "cannot be read");
    if (size == 0) return out;
    out.append(buffer, static_cast<std::size_t>(size));
  }
}

Status write_file(const std::string& path, std::string_view bytes, bool forced) {
  std::error_code trouble;
  fs::create_directories(fs::path(path).parent_path(), trouble);  // what is wrong shows in the next line
  return write(path, bytes, forced, 0644);
}

Status replace_file(const std::string& path, std::string_view bytes, bool forced, unsigned mode) {
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());  // an older one would keep its permissions
  if (Status written = write(fresh, bytes, forced, mode); !written) return written;
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return failed(path, "cannot be replaced");
  const std::string folder = fs::path(path).parent_path().string();
  return forced ? force_folder(folder.empty() ? "." : folder) : Status{};
}

Status force_folder(const std::string& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.number()) != 0) return failed(path, "cannot be forced to the disk");
  return {};
}

}  // namespace lw::ledger
