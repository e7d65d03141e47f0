// A file that is written from front to back and may be cut back to where it was at a snapshot. Or standard output, which
// may not.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/disk.h"

namespace rocksdb {
class WritableFile;
}

namespace lw::store {

class OutputFile {
 public:
  // Replaces an existing file; "-" is standard output. `what` names the content in messages: "decisions".
  static Result<OutputFile> create(const std::string& path, std::string what, const Disk& disk = Disk());
  // Cuts the file to its first `bytes` and goes on behind them; refused if it is shorter. With 0 it need not exist.
  static Result<OutputFile> resume(const std::string& path, std::string what, std::uint64_t bytes, const Disk& disk = Disk());
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  ~OutputFile();  // flushes what it can

  // From now on a full disk is no failure: it is waited for. `note` is told once that it is full and once that it is not.
  void wait_for_room(std::function<void(const std::string&)> note) { note_ = std::move(note); }

  Status write(std::string_view bytes);
  Status flush();  // to the operating system: it outlives this process
  // What was flushed outlives a loss of power. `full`: it failed for want of room. From any thread.
  Status force(bool& full) const;
  // Flushes and closes: a full disk shows here at the latest. Without it what is buffered may be lost.
  Status close();

  bool flushed() const { return buffer_.empty(); }
  std::uint64_t bytes() const { return bytes_; }  // of the file, those in the buffer included
  const std::string& path() const { return path_; }

 private:
  OutputFile(std::string path, std::string what, const Disk& disk, std::unique_ptr<rocksdb::WritableFile> file);
  static Result<OutputFile> open(const std::string& path, std::string what, const Disk& disk);
  tl::unexpected<Error> failure(const rocksdb::Status& status) const;

  std::string path_, what_, buffer_;
  Disk disk_;
  std::unique_ptr<rocksdb::WritableFile> file_;
  std::uint64_t bytes_ = 0, written_ = 0;
  mutable bool named_ = false;  // its name lasts; of whoever forces
  std::function<void(const std::string&)> note_;
};

}  // namespace lw::store
