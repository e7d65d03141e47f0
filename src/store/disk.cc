#include "store/disk.h"

#include <rocksdb/env.h>

#include <algorithm>
#include <filesystem>
#include <memory>

namespace lw::store {
namespace {

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

rocksdb::Status write_forced(rocksdb::WritableFile& file, std::string_view bytes) {
  rocksdb::Status done = file.Append(slice(bytes));
  if (done.ok()) done = file.Fsync();
  if (done.ok()) done = file.Close();
  return done;
}

}  // namespace

tl::unexpected<Error> failure(const std::string& path, const rocksdb::Status& status) { return fail("{}: {}", path, status.ToString()); }

Disk::Disk(rocksdb::Env* env) : env_(env ? env : rocksdb::Env::Default()) {}

Status Disk::make_folder(const std::string& path) const {
  const std::string above = folder_of(path);
  if (above != path && above != "." && above != "/" && !exists(above)) {
    if (Status made = make_folder(above); !made) return made;
  }
  const rocksdb::Status made = env_->CreateDirIfMissing(path);
  if (!made.ok()) return fail("{}: cannot be made: {}", path, made.ToString());
  return {};
}

bool Disk::exists(const std::string& path) const { return env_->FileExists(path).ok(); }

std::vector<std::string> Disk::list(const std::string& folder) const {
  std::vector<std::string> out;
  if (!env_->GetChildren(folder, &out).ok()) out.clear();
  std::erase_if(out, [](const std::string& name) { return name == "." || name == ".."; });
  std::ranges::sort(out);
  return out;
}

Result<std::uint64_t> Disk::size(const std::string& path) const {
  std::uint64_t bytes = 0;
  if (const auto got = env_->GetFileSize(path, &bytes); !got.ok()) return failure(path, got);
  return bytes;
}

Result<std::string> Disk::read(const std::string& path) const {
  std::string out;
  if (const auto got = rocksdb::ReadFileToString(env_, path, &out); !got.ok()) return failure(path, got);
  return out;
}

Status Disk::write(const std::string& path, std::string_view bytes) const {
  const std::string part = path + ".part";
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status done = env_->NewWritableFile(part, &file, rocksdb::EnvOptions());
  if (done.ok()) done = write_forced(*file, bytes);
  if (!done.ok()) return failure(path, done);
  if (Status renamed = rename(part, path); !renamed) return renamed;
  return force_folder(folder_of(path));
}

Status Disk::append(const std::string& path, std::string_view bytes) const {
  std::unique_ptr<rocksdb::WritableFile> file;
  const bool made = !exists(path);
  rocksdb::Status done = made ? env_->NewWritableFile(path, &file, rocksdb::EnvOptions()) : env_->ReopenWritableFile(path, &file, rocksdb::EnvOptions());
  if (done.ok()) done = write_forced(*file, bytes);
  if (!done.ok()) return failure(path, done);
  return made ? force_folder(folder_of(path)) : Status{};
}

Status Disk::copy(const std::string& from, const std::string& to) const {
  std::unique_ptr<rocksdb::SequentialFile> in;
  std::unique_ptr<rocksdb::WritableFile> out;
  rocksdb::Status done = env_->NewSequentialFile(from, &in, rocksdb::EnvOptions());
  if (!done.ok()) return failure(from, done);
  done = env_->NewWritableFile(to, &out, rocksdb::EnvOptions());
  std::string buffer(1 << 20, '\0');
  for (rocksdb::Slice read; done.ok();) {
    done = in->Read(buffer.size(), &read, buffer.data());
    if (!done.ok()) return failure(from, done);
    if (read.empty()) break;
    done = out->Append(read);
  }
  if (done.ok()) done = out->Fsync();
  if (done.ok()) done = out->Close();
  return done.ok() ? force_folder(folder_of(to)) : failure(to, done);
}

Status Disk::cut(const std::string& path, std::uint64_t bytes) const {
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status done = env_->ReopenWritableFile(path, &file, rocksdb::EnvOptions());
  if (done.ok()) done = file->Truncate(bytes);
  if (done.ok()) done = file->Close();
  return done.ok() ? Status{} : failure(path, done);
}

Status Disk::rename(const std::string& from, const std::string& to) const {
  const rocksdb::Status done = env_->RenameFile(from, to);
  return done.ok() ? Status{} : failure(to, done);
}

void Disk::remove(const std::string& path) const { static_cast<void>(env_->DeleteFile(path)); }

Status Disk::force_folder(const std::string& folder) const {
  std::unique_ptr<rocksdb::Directory> opened;
  rocksdb::Status done = env_->NewDirectory(folder, &opened);
  if (done.ok()) done = opened->Fsync();
  return done.ok() ? Status{} : failure(folder, done);
}

std::chrono::nanoseconds Disk::now() const { return std::chrono::nanoseconds(env_->NowNanos()); }

Time Disk::wall_clock() const { return {static_cast<std::int64_t>(env_->NowMicros()) * 1000}; }

void Disk::sleep(std::chrono::microseconds time) const { env_->SleepForMicroseconds(static_cast<int>(time.count())); }

}  // namespace lw::store
