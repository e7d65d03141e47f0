#include "runtime/deadletter.h"

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

namespace lw::runtime {

Result<DeadLetter> DeadLetter::create(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) return fail("{}: {}", path, std::strerror(errno));
  return DeadLetter(path, file);
}

Status DeadLetter::write(std::string_view file, std::uint64_t line, std::string_view reason, std::string_view raw) {
  buffer_.clear();
  append_dead_letter(buffer_, file, line, reason, raw);
  buffer_ += '\n';
  if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) != buffer_.size()) return fail("{}: {}", path_, std::strerror(errno));
  return {};
}

Status DeadLetter::close() {
  if (!file_) return {};
  const bool good = std::fflush(file_.get()) == 0;
  const int trouble = errno;
  if (std::fclose(file_.release()) != 0 || !good) return fail("{}: {}", path_, std::strerror(good ? errno : trouble));
  return {};
}

void append_dead_letter(std::string& out, std::string_view file, std::uint64_t line, std::string_view reason, std::string_view raw) {
  const nlohmann::ordered_json letter{{"file", file}, {"line", line}, {"reason", reason}, {"raw", raw.substr(0, kMaxRawBytes)}};
  out += letter.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace lw::runtime
