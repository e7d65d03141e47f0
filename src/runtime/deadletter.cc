#include "runtime/deadletter.h"

#include <nlohmann/json.hpp>

namespace lw::runtime {

Status DeadLetter::open() {
  auto file = store::OutputFile::resume(path_, "the dead letter", bytes_, disk_);
  if (!file) return tl::make_unexpected(file.error());
  const std::lock_guard lock(opening_);
  file_ = std::move(*file);
  if (note_) file_->wait_for_room(note_);
  return {};
}

Status DeadLetter::write(std::string_view file, std::uint64_t line, std::string_view reason, std::string_view raw) {
  if (!file_) {
    if (Status opened = open(); !opened) return opened;
  }
  buffer_.clear();
  append_dead_letter(buffer_, file, line, reason, raw);
  buffer_ += '\n';
  const Status written = file_->write(buffer_);
  forced_ = false;  // it may have been flushed
  return written;
}

Status DeadLetter::flush() {
  if (!file_ || file_->flushed()) return {};
  const Status flushed = file_->flush();
  forced_ = false;
  return flushed;
}

Status DeadLetter::force(bool& full) {
  full = false;
  const std::lock_guard lock(opening_);
  if (!file_ || forced_.exchange(true)) return {};
  const Status done = file_->force(full);
  if (!done) forced_ = false;
  return done;
}

void append_dead_letter(std::string& out, std::string_view file, std::uint64_t line, std::string_view reason, std::string_view raw) {
  const nlohmann::ordered_json letter{{"file", file}, {"line", line}, {"reason", reason}, {"raw", raw.substr(0, kMaxRawBytes)}};
  out += letter.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace lw::runtime
