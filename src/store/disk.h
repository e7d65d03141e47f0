// The seam to what a program cannot rely on: disk, clock, and how long something takes. Behind it is rocksdb::Env, so that the
// event log's own files go through it too; tests put a disk in its place that tears writes and loses power (sim_disk.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace rocksdb {
class Env;
class Status;
}  // namespace rocksdb

namespace lw::store {

class Disk {
 public:
  explicit Disk(rocksdb::Env* env = nullptr);  // null: the machine's own; it outlives this
  rocksdb::Env& env() const { return *env_; }

  Status make_folder(const std::string& path) const;  // with those that it lies in
  bool exists(const std::string& path) const;
  std::vector<std::string> list(const std::string& folder) const;  // names, sorted; none if it is not there
  Result<std::uint64_t> size(const std::string& path) const;

  Result<std::string> read(const std::string& path) const;  // the whole file
  // The whole file, there as a whole or not at all; it outlives a loss of power when this returns.
  Status write(const std::string& path, std::string_view bytes) const;
  // At the end of the file, which is made if there is none; lasts when this returns. A crash may leave a part of it.
  Status append(const std::string& path, std::string_view bytes) const;
  // A new file with what is in the other at least up to now; it outlives a loss of power when this returns.
  Status copy(const std::string& from, const std::string& to) const;
  Status cut(const std::string& path, std::uint64_t bytes) const;
  Status rename(const std::string& from, const std::string& to) const;
  void remove(const std::string& path) const;  // if it is there
  // What was renamed or made in the folder lasts when this returns.
  Status force_folder(const std::string& folder) const;

  // A clock that only goes on, and what people's clocks say; no decision depends on either.
  std::chrono::nanoseconds now() const;
  Time wall_clock() const;
  void sleep(std::chrono::microseconds time) const;

 private:
  rocksdb::Env* env_;
};

tl::unexpected<Error> failure(const std::string& path, const rocksdb::Status& status);

}  // namespace lw::store
