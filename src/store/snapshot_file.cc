#include "store/snapshot_file.h"

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <zstd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/bytes.h"
#include "base/hash.h"
#include "store/disk.h"

namespace lw::store {
namespace {

namespace fs = std::filesystem;

// Version 1 knew no snapshots that tell changes: who reads no other must not take one of those for a whole one.
constexpr std::string_view kMagic = "LWSNAP2\n", kOldMagic = "LWSNAP1\n";
constexpr std::string_view kEnd = "end";
constexpr std::uint32_t kMostName = 64;
constexpr std::string_view kUnfinished = ".part";

struct Reader {
  std::unique_ptr<rocksdb::SequentialFile> file;
  std::uint64_t left = 0;  // bytes
};

Status read_exactly(Reader& from, std::string& out, std::uint64_t size) {
  if (size > from.left) return fail("is cut short, or damaged");
  from.left -= size;
  out.resize(size);
  for (std::size_t at = 0; at < size;) {
    rocksdb::Slice got;
    const rocksdb::Status read = from.file->Read(size - at, &got, out.data() + at);
    if (!read.ok()) return fail("cannot be read: {}", read.ToString());
    if (got.empty()) return fail("is cut short, or damaged");
    if (got.data() != out.data() + at) got.ToString().copy(out.data() + at, got.size());
    at += got.size();
  }
  return {};
}

// The next section as it is stored; its checksum is right.
Status next_section(Reader& file, std::string& header, std::string& stored, std::uint64_t& bytes) {
  constexpr std::size_t kFixed = 4 + 8 + 8;
  std::string sum;
  if (Status got = read_exactly(file, header, kFixed); !got) return got;
  std::string_view in = header;
  std::uint32_t name = 0;
  std::uint64_t size = 0;
  take(in, name), take(in, bytes), take(in, size);
  if (name > kMostName) return fail("is damaged: a section with a name of {} bytes", name);
  std::string text;
  if (Status got = read_exactly(file, text, name); !got) return got;
  header += text;
  if (Status got = read_exactly(file, stored, size); !got) return got;
  if (Status got = read_exactly(file, sum, 8); !got) return got;
  std::uint64_t expected = 0;
  std::string_view rest = sum;
  take(rest, expected);
  if (hash64(stored, hash64(header)) != expected) return fail("is damaged: the checksum of section \"{}\" does not fit", text);
  header = text;
  return {};
}

Status walk(const Disk& disk, const std::string& path, const std::function<Status(std::string_view, std::string_view, std::uint64_t)>& visit) {
  Reader file;
  const auto size = disk.size(path);
  if (!size) return tl::make_unexpected(size.error());
  if (const auto opened = disk.env().NewSequentialFile(path, &file.file, rocksdb::EnvOptions()); !opened.ok()) return failure(path, opened);
  file.left = *size;
  std::string magic, name, stored;
  std::uint64_t bytes = 0, sections = 0;
  if (!read_exactly(file, magic, kMagic.size()) || (magic != kMagic && magic != kOldMagic)) return fail("{}: is no snapshot of a form that this version reads", path);
  for (;; ++sections) {
    if (Status got = next_section(file, name, stored, bytes); !got) return fail("{}: {}", path, got.error().message);
    if (name == kEnd) break;
    if (Status seen = visit(name, stored, bytes); !seen) return fail("{}: {}", path, seen.error().message);
  }
  if (bytes != sections || file.left > 0) return fail("{}: is damaged behind its {} sections", path, sections);
  return {};
}

bool unpack(std::string_view stored, std::uint64_t size, std::string& out) {
  out.resize(size);
  return ZSTD_decompress(out.data(), out.size(), stored.data(), stored.size()) == size;  // an error is a huge number
}

}  // namespace

std::string snapshot_path(const std::string& folder, std::uint64_t number) { return fmt::format("{}/{:020}", folder, number); }
std::string unfinished_path(const std::string& folder, std::uint64_t number) { return fmt::format("{}/{:020}{}", folder, number, kUnfinished); }

void remove_unfinished(const Disk& disk, const std::string& folder) {
  for (const std::string& name : disk.list(folder)) {
    if (name.ends_with(kUnfinished)) disk.remove(folder + "/" + name);
  }
}

std::vector<std::uint64_t> snapshots_in(const Disk& disk, const std::string& folder) {
  std::vector<std::uint64_t> out;
  for (const std::string& name : disk.list(folder)) {
    std::uint64_t number = 0;
    const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (wrong == std::errc{} && end == name.data() + name.size() && name.size() == 20) out.push_back(number);
  }
  std::ranges::sort(out, std::greater{});
  return out;
}

SnapshotWriter::SnapshotWriter(const Disk& disk, const std::string& path) : path_(path) {
  if (const auto made = disk.env().NewWritableFile(path, &file_, rocksdb::EnvOptions()); !made.ok()) failed(made);
  write(kMagic);
}

SnapshotWriter::~SnapshotWriter() = default;

void SnapshotWriter::failed(const rocksdb::Status& status) {
  full_ = status.IsNoSpace();
  status_ = failure(path_, status);
}

void SnapshotWriter::write(std::string_view bytes) {
  if (!status_) return;
  if (const auto written = file_->Append({bytes.data(), bytes.size()}); !written.ok()) failed(written);
}

// Header (length of the name, length of the bytes, length as stored, name), what is stored, the checksum of both.
void SnapshotWriter::section(std::string_view name, std::string_view bytes) {
  stored_.resize(ZSTD_compressBound(bytes.size()));
  const std::size_t size = ZSTD_compress(stored_.data(), stored_.size(), bytes.data(), bytes.size(), 1);
  if (ZSTD_isError(size)) {
    if (status_) status_ = fail("{}: {}", path_, ZSTD_getErrorName(size));
    return;
  }
  stored_.resize(size);
  std::string header;
  put(header, static_cast<std::uint32_t>(name.size()));
  put(header, static_cast<std::uint64_t>(bytes.size()));
  put(header, static_cast<std::uint64_t>(size));
  header += name;
  std::string sum;
  put(sum, hash64(stored_, hash64(header)));
  write(header), write(stored_), write(sum);
  ++sections_;
}

Status SnapshotWriter::finish() {
  std::string header, sum;
  put(header, static_cast<std::uint32_t>(kEnd.size()));
  put(header, sections_), put(header, std::uint64_t{0});
  header += kEnd;
  put(sum, hash64({}, hash64(header)));
  write(header), write(sum);
  if (status_) {
    rocksdb::Status done = file_->Fsync();
    if (done.ok()) done = file_->Close();
    if (!done.ok()) failed(done);
  }
  file_.reset();
  return status_;
}

Status publish(const Disk& disk, const std::string& unfinished, const std::string& path) {
  if (Status renamed = disk.rename(unfinished, path); !renamed) return renamed;
  return disk.force_folder(fs::path(path).parent_path().string());
}

Status verify_snapshot(const Disk& disk, const std::string& path) {
  return walk(disk, path, [](std::string_view, std::string_view, std::uint64_t) { return Status{}; });
}

Status read_snapshot(const Disk& disk, const std::string& path, const std::function<Status(std::string_view, std::string_view)>& visit) {
  std::string bytes;
  return walk(disk, path, [&](std::string_view name, std::string_view stored, std::uint64_t size) -> Status {
    if (!unpack(stored, size, bytes)) return fail("section \"{}\" cannot be unpacked", name);
    return visit(name, bytes);
  });
}

Result<std::string> first_section(const Disk& disk, const std::string& path) {
  std::string out;
  bool found = false;
  const Status walked = walk(disk, path, [&](std::string_view, std::string_view stored, std::uint64_t size) -> Status {
    found = unpack(stored, size, out);
    return fail("read so far");  // no further
  });
  if (!found) return tl::make_unexpected(walked ? Error{path + ": is empty", {}, {}} : walked.error());
  return out;
}

}  // namespace lw::store
