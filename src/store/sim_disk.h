// A disk in memory for tests, and a clock: seen through the same seam as the real ones (rocksdb::Env), it can lose what was
// not forced to it, tear the last write, be full, or fail at any write. Everything it does follows from one seed.
//
//   SimDisk disk(seed);
//   disk.crash_at(disk.operations() + 17);   // the 17th operation from now on is the last one
//   … run with disk.env() …
//   disk.restart();                          // what a machine finds after it lost power there
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace lw::store {

class SimDisk {
 public:
  explicit SimDisk(std::uint64_t seed)
      : random_(seed), files_(std::make_shared<Files>(*this)), composite_(rocksdb::NewCompositeEnv(files_)), env_(composite_.get(), *this) {}
  SimDisk(const SimDisk&) = delete;
  SimDisk& operator=(const SimDisk&) = delete;

  rocksdb::Env& env() { return env_; }

  // What changes the disk is counted: writes, forcing, names.
  std::uint64_t operations() const { return locked([&] { return operations_; }); }
  void crash_at(std::uint64_t operation) {
    locked([&] { crash_at_ = operation; });
  }
  bool crashed() const { return locked([&] { return crashed_; }); }
  // Full for these operations, a part of each write still being taken.
  void full_during(std::uint64_t from, std::uint64_t to) {
    locked([&] { full_from_ = from, full_to_ = to; });
  }
  // A bug to be found: files whose name ends so are not forced to the disk when they should be.
  void ignore_forcing_of(std::string ending) {
    locked([&] { ignored_ = std::move(ending); });
  }
  // The clock, in microseconds. It goes on by a little with each look, and by what is slept.
  void jump(std::int64_t microseconds) {
    locked([&] { now_ += microseconds; });
  }

  // The power comes back: what was forced is there, of the rest a part.
  void restart() {
    locked([&] {
      for (auto& [folder, pending] : pending_) {
        // Names change in their order, as far as they got.
        const std::size_t done = random_() % (pending.size() + 1);
        for (std::size_t i = 0; i < done; ++i) pending[i](durable_);
      }
      pending_.clear();
      names_ = durable_;
      for (const auto& [name, node] : names_) {
        const std::size_t loose = node->bytes.size() - std::min(node->forced, node->bytes.size());
        node->bytes.resize(node->bytes.size() - (loose ? random_() % (loose + 1) : 0));
        node->forced = node->bytes.size();
      }
      locks_.clear();
      crashed_ = false;
      crash_at_ = kNever;
    });
  }

  // As it is now, whether it lasts or not; empty if there is none.
  std::string read(const std::string& path) const {
    return locked([&] {
      const auto at = names_.find(path);
      return at == names_.end() ? std::string() : at->second->bytes;
    });
  }
  void flip_bit(const std::string& path, std::uint64_t bit) {
    locked([&] {
      std::string& bytes = names_.at(path)->bytes;
      if (!bytes.empty()) bytes[bit / 8 % bytes.size()] ^= static_cast<char>(1 << bit % 8);
    });
  }
  std::vector<std::string> list(const std::string& folder) const {
    return locked([&] { return children(folder); });
  }

 private:
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  using IOStatus = rocksdb::IOStatus;
  using Options = rocksdb::IOOptions;
  using Debug = rocksdb::IODebugContext;

  struct Node {
    std::string bytes;
    std::size_t forced = 0;  // bytes that last
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;

  template <class F>
  std::invoke_result_t<F> locked(F&& work) const {
    const std::lock_guard lock(mutex_);
    return work();
  }

  static std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }
  static std::string tidy(std::string path) {
    for (std::size_t at; (at = path.find("//")) != std::string::npos;) path.erase(at, 1);
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
  }

  // The rest with the mutex held.
  IOStatus begin() {
    if (crashed_) return IOStatus::IOError("the power is gone");
    if (++operations_ < crash_at_) return IOStatus::OK();
    crashed_ = true;
    return IOStatus::IOError("the power goes");
  }
  bool full() const { return operations_ >= full_from_ && operations_ < full_to_; }
  IOStatus append(Node& node, std::string_view bytes) {
    const bool gone = crashed_;
    const IOStatus begun = begin();
    const bool torn = !gone && crashed_;
    if (begun.ok() && !full()) {
      node.bytes += bytes;
      return begun;
    }
    if (begun.ok() || torn) node.bytes += bytes.substr(0, random_() % (bytes.size() + 1));
    return begun.ok() ? IOStatus::NoSpace("the disk is full") : begun;
  }
  IOStatus change_name(const std::string& folder, std::function<void(Names&)> change) {
    const IOStatus begun = begin();
    if (!begun.ok()) return begun;
    change(names_);
    pending_[folder].push_back(std::move(change));
    return begun;
  }
  IOStatus make(const std::string& path, std::shared_ptr<Node>& out) {
    if (full()) {
      const IOStatus begun = begin();
      return begun.ok() ? IOStatus::NoSpace("the disk is full") : begun;
    }
    out = std::make_shared<Node>();
    return change_name(folder_of(path), [path, node = out](Names& names) { names[path] = node; });
  }
  std::vector<std::string> children(const std::string& folder) const {
    std::set<std::string> out;
    const std::string prefix = folder + "/";
    const auto add = [&](const std::string& path) {
      if (path.starts_with(prefix)) out.insert(path.substr(prefix.size(), path.find('/', prefix.size()) - prefix.size()));
    };
    for (const auto& [name, node] : names_) add(name);
    for (const std::string& name : folders_) add(name);
    return {out.begin(), out.end()};
  }

  class Sequential : public rocksdb::FSSequentialFile {
   public:
    Sequential(SimDisk& disk, std::shared_ptr<Node> node) : disk_(disk), node_(std::move(node)) {}
    IOStatus Read(std::size_t n, const Options&, rocksdb::Slice* result, char* scratch, Debug*) override {
      return disk_.locked([&] {
        const std::size_t got = at_ < node_->bytes.size() ? node_->bytes.copy(scratch, n, at_) : 0;
        at_ += got;
        *result = {scratch, got};
        return IOStatus::OK();
      });
    }
    IOStatus Skip(std::uint64_t n) override {
      at_ += n;
      return IOStatus::OK();
    }

   private:
    SimDisk& disk_;
    std::shared_ptr<Node> node_;
    std::size_t at_ = 0;
  };

  class Random : public rocksdb::FSRandomAccessFile {
   public:
    Random(SimDisk& disk, std::shared_ptr<Node> node) : disk_(disk), node_(std::move(node)) {}
    IOStatus Read(std::uint64_t offset, std::size_t n, const Options&, rocksdb::Slice* result, char* scratch, Debug*) const override {
      return disk_.locked([&] {
        *result = {scratch, offset < node_->bytes.size() ? node_->bytes.copy(scratch, n, offset) : 0};
        return IOStatus::OK();
      });
    }

   private:
    SimDisk& disk_;
    std::shared_ptr<Node> node_;
  };

  class Writable : public rocksdb::FSWritableFile {
   public:
    Writable(SimDisk& disk, std::shared_ptr<Node> node, bool forcing) : disk_(disk), node_(std::move(node)), forcing_(forcing) {}
    using FSWritableFile::Append;
    IOStatus Append(const rocksdb::Slice& data, const Options&, Debug*) override {
      return disk_.locked([&] { return disk_.append(*node_, {data.data(), data.size()}); });
    }
    IOStatus Truncate(std::uint64_t size, const Options&, Debug*) override {
      return disk_.locked([&] {
        const IOStatus begun = disk_.begin();
        if (begun.ok()) node_->bytes.resize(size), node_->forced = std::min<std::size_t>(node_->forced, size);
        return begun;
      });
    }
    IOStatus Close(const Options&, Debug*) override { return IOStatus::OK(); }
    IOStatus Flush(const Options&, Debug*) override { return IOStatus::OK(); }
    IOStatus Sync(const Options&, Debug*) override {
      return disk_.locked([&] {
        const IOStatus begun = disk_.begin();
        if (begun.ok() && forcing_) node_->forced = node_->bytes.size();
        return begun;
      });
    }
    std::uint64_t GetFileSize(const Options&, Debug*) override {
      return disk_.locked([&] { return static_cast<std::uint64_t>(node_->bytes.size()); });
    }

   private:
    SimDisk& disk_;
    std::shared_ptr<Node> node_;
    bool forcing_;
  };

  class Folder : public rocksdb::FSDirectory {
   public:
    Folder(SimDisk& disk, std::string name) : disk_(disk), name_(std::move(name)) {}
    IOStatus Fsync(const Options&, Debug*) override {
      return disk_.locked([&] {
        const IOStatus begun = disk_.begin();
        if (!begun.ok()) return begun;
        for (const auto& change : disk_.pending_[name_]) change(disk_.durable_);
        disk_.pending_.erase(name_);
        return begun;
      });
    }

   private:
    SimDisk& disk_;
    std::string name_;
  };

  struct Lock : rocksdb::FileLock {
    explicit Lock(std::string locked) : name(std::move(locked)) {}
    std::string name;
  };

  class Files : public rocksdb::FileSystem {
   public:
    explicit Files(SimDisk& disk) : disk_(disk) {}
    const char* Name() const override { return "SimDisk"; }

    IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions&, std::unique_ptr<rocksdb::FSSequentialFile>* out, Debug*) override {
      return with(name, [&](const std::shared_ptr<Node>& node) { *out = std::make_unique<Sequential>(disk_, node); });
    }
    IOStatus NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions&, std::unique_ptr<rocksdb::FSRandomAccessFile>* out, Debug*) override {
      return with(name, [&](const std::shared_ptr<Node>& node) { *out = std::make_unique<Random>(disk_, node); });
    }
    IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions&, std::unique_ptr<rocksdb::FSWritableFile>* out, Debug*) override {
      return disk_.locked([&] {
        std::shared_ptr<Node> node;
        const IOStatus made = disk_.make(tidy(name), node);
        if (made.ok()) *out = std::make_unique<Writable>(disk_, node, forces(name));
        return made;
      });
    }
    IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options, std::unique_ptr<rocksdb::FSWritableFile>* out, Debug* debug) override {
      const IOStatus there = with(name, [&](const std::shared_ptr<Node>& node) { *out = std::make_unique<Writable>(disk_, node, forces(name)); });
      return there.ok() ? there : NewWritableFile(name, options, out, debug);
    }
    IOStatus NewDirectory(const std::string& name, const Options&, std::unique_ptr<rocksdb::FSDirectory>* out, Debug*) override {
      *out = std::make_unique<Folder>(disk_, tidy(name));
      return IOStatus::OK();
    }
    IOStatus FileExists(const std::string& name, const Options&, Debug*) override {
      return disk_.locked([&] { return disk_.names_.contains(tidy(name)) || disk_.folders_.contains(tidy(name)) ? IOStatus::OK() : IOStatus::NotFound(name); });
    }
    IOStatus GetChildren(const std::string& folder, const Options&, std::vector<std::string>* out, Debug*) override {
      return disk_.locked([&] {
        if (!disk_.folders_.contains(tidy(folder))) return IOStatus::NotFound(folder);
        *out = disk_.children(tidy(folder));
        return IOStatus::OK();
      });
    }
    IOStatus DeleteFile(const std::string& name, const Options&, Debug*) override {
      return disk_.locked([&] {
        const std::string path = tidy(name);
        if (!disk_.names_.contains(path)) return IOStatus::NotFound(name);
        return disk_.change_name(folder_of(path), [path](Names& names) { names.erase(path); });
      });
    }
    IOStatus Truncate(const std::string& name, std::size_t size, const Options&, Debug*) override {
      return with(name, [&](const std::shared_ptr<Node>& node) { node->bytes.resize(size), node->forced = std::min(node->forced, size); });
    }
    // Folders are there at once and for good: nobody makes one that matters without looking for it again.
    IOStatus CreateDir(const std::string& name, const Options& options, Debug* debug) override { return CreateDirIfMissing(name, options, debug); }
    IOStatus CreateDirIfMissing(const std::string& name, const Options&, Debug*) override {
      return disk_.locked([&] {
        for (std::string path = tidy(name); path.size() > 1; path = folder_of(path)) disk_.folders_.insert(path);
        return IOStatus::OK();
      });
    }
    IOStatus DeleteDir(const std::string& name, const Options&, Debug*) override {
      return disk_.locked([&] {
        disk_.folders_.erase(tidy(name));
        return IOStatus::OK();
      });
    }
    IOStatus GetFileSize(const std::string& name, const Options&, std::uint64_t* out, Debug*) override {
      return with(name, [&](const std::shared_ptr<Node>& node) { *out = node->bytes.size(); });
    }
    IOStatus GetFileModificationTime(const std::string&, const Options&, std::uint64_t* out, Debug*) override {
      *out = 0;
      return IOStatus::OK();
    }
    IOStatus RenameFile(const std::string& from, const std::string& to, const Options&, Debug*) override {
      return disk_.locked([&] {
        const std::string old = tidy(from), name = tidy(to);
        const auto at = disk_.names_.find(old);
        if (at == disk_.names_.end()) return IOStatus::NotFound(from);
        return disk_.change_name(folder_of(name), [old, name, node = at->second](Names& names) { names.erase(old), names[name] = node; });
      });
    }
    IOStatus LockFile(const std::string& name, const Options&, rocksdb::FileLock** out, Debug*) override {
      return disk_.locked([&] {
        if (!disk_.locks_.insert(tidy(name)).second) return IOStatus::IOError(name, "is locked");
        *out = new Lock(tidy(name));
        return IOStatus::OK();
      });
    }
    IOStatus UnlockFile(rocksdb::FileLock* lock, const Options&, Debug*) override {
      const std::unique_ptr<Lock> held(static_cast<Lock*>(lock));
      return disk_.locked([&] {
        disk_.locks_.erase(held->name);
        return IOStatus::OK();
      });
    }
    IOStatus GetTestDirectory(const Options&, std::string* out, Debug*) override {
      *out = "/test";
      return IOStatus::OK();
    }
    IOStatus GetAbsolutePath(const std::string& path, const Options&, std::string* out, Debug*) override {
      *out = path;
      return IOStatus::OK();
    }
    IOStatus IsDirectory(const std::string& name, const Options&, bool* out, Debug*) override {
      return disk_.locked([&] {
        *out = disk_.folders_.contains(tidy(name));
        return *out || disk_.names_.contains(tidy(name)) ? IOStatus::OK() : IOStatus::NotFound(name);
      });
    }

   private:
    bool forces(const std::string& name) const { return disk_.ignored_.empty() || !name.ends_with(disk_.ignored_); }
    template <class F>
    IOStatus with(const std::string& name, F&& work) {
      return disk_.locked([&] {
        const auto at = disk_.names_.find(tidy(name));
        if (at == disk_.names_.end()) return IOStatus::NotFound(name);
        work(at->second);
        return IOStatus::OK();
      });
    }
    SimDisk& disk_;
  };

  class Env : public rocksdb::EnvWrapper {
   public:
    Env(rocksdb::Env* base, SimDisk& disk) : EnvWrapper(base), disk_(disk) {}
    std::uint64_t NowMicros() override {
      return disk_.locked([&] { return static_cast<std::uint64_t>(disk_.now_ += 50); });
    }
    std::uint64_t NowNanos() override { return NowMicros() * 1000; }
    void SleepForMicroseconds(int microseconds) override { disk_.jump(microseconds); }

   private:
    SimDisk& disk_;
  };

  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  Names names_, durable_;
  std::map<std::string, std::deque<std::function<void(Names&)>>> pending_;  // changes of names that do not last yet, by folder
  std::set<std::string> folders_, locks_;
  std::uint64_t operations_ = 0, crash_at_ = kNever, full_from_ = kNever, full_to_ = kNever;
  bool crashed_ = false;
  std::string ignored_;
  std::int64_t now_ = 1'700'000'000'000'000;
  std::shared_ptr<Files> files_;
  std::unique_ptr<rocksdb::Env> composite_;
  Env env_;
};

}  // namespace lw::store
