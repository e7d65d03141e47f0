// Snapshots: files of named sections, each compressed and with a checksum. One is there whole or not at all: it is written
// under another name, forced to the disk and renamed. docs/formats/snapshot.md.
//
//   SnapshotWriter writer(disk, path);          // …/snapshots/00000000000000012345
//   writer.section("head", bytes);
//   writer.finish();
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/disk.h"

namespace rocksdb {
class WritableFile;
}

namespace lw::store {

// Where the snapshot at an event's number lies, and where it lies while it is written.
std::string snapshot_path(const std::string& folder, std::uint64_t number);
std::string unfinished_path(const std::string& folder, std::uint64_t number);

// Removes what runs that ended too early left unfinished.
void remove_unfinished(const Disk& disk, const std::string& folder);

// Numbers of the snapshots in a folder, the newest first.
std::vector<std::uint64_t> snapshots_in(const Disk& disk, const std::string& folder);

class SnapshotWriter {
 public:
  SnapshotWriter(const Disk& disk, const std::string& path);
  ~SnapshotWriter();
  // Failures are kept for finish().
  void section(std::string_view name, std::string_view bytes);
  Status finish();  // forced to the disk, not yet renamed
  bool full() const { return full_; }  // it failed for want of room

 private:
  void write(std::string_view bytes);
  void failed(const rocksdb::Status& status);

  std::string path_, stored_;
  std::unique_ptr<rocksdb::WritableFile> file_;
  std::uint64_t sections_ = 0;
  Status status_;
  bool full_ = false;
};

// Renames what finish() left, and forces the folder to the disk.
Status publish(const Disk& disk, const std::string& unfinished, const std::string& path);

// Whether all of it is as it was written: every checksum, and the end.
Status verify_snapshot(const Disk& disk, const std::string& path);

// The first section alone.
Result<std::string> first_section(const Disk& disk, const std::string& path);

// Each section in the order written, until one fails.
Status read_snapshot(const Disk& disk, const std::string& path, const std::function<Status(std::string_view name, std::string_view bytes)>& visit);

}  // namespace lw::store
