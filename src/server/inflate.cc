#include "server/inflate.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

namespace lw::server {
namespace {

constexpr std::uint64_t kFree = 1 << 20;   // bytes that a ratio is not asked of
constexpr int kZstdWindowLog = 23;         // 8 MiB of memory for each body under way

class Plain : public Inflater {
 public:
  bool whole() const override { return true; }

 private:
  Moved move(std::string_view in, char* out, std::size_t room) override {
    const std::size_t size = std::min(in.size(), room);
    std::memcpy(out, in.data(), size);
    return {size, size, false};
  }
};

class Gzip : public Inflater {
 public:
  Gzip() { sound_ = inflateInit2(&stream_, 15 + 16) == Z_OK; }
  ~Gzip() override { inflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  bool whole() const override { return ended_; }

 private:
  Moved move(std::string_view in, char* out, std::size_t room) override {
    // One member may follow another.
    if (ended_ && !in.empty()) {
      sound_ = sound_ && inflateReset(&stream_) == Z_OK;
      ended_ = false;
    }
    if (!sound_) return {0, 0, true};
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(std::min<std::size_t>(in.size(), 1 << 20));
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(room);
    const uInt before = stream_.avail_in;
    const int done = ::inflate(&stream_, Z_NO_FLUSH);
    ended_ = done == Z_STREAM_END;
    return {before - stream_.avail_in, room - stream_.avail_out, done != Z_OK && done != Z_STREAM_END && done != Z_BUF_ERROR};
  }

  z_stream stream_{};
  bool sound_ = false, ended_ = false;
};

class Zstd : public Inflater {
 public:
  Zstd() : stream_(ZSTD_createDStream()) {
    if (stream_) ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kZstdWindowLog);
  }
  ~Zstd() override { ZSTD_freeDStream(stream_); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;
  bool whole() const override { return ended_; }

 private:
  Moved move(std::string_view in, char* out, std::size_t room) override {
    if (!stream_) return {0, 0, true};
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out, room, 0};
    const std::size_t left = ZSTD_decompressStream(stream_, &to, &from);
    if (from.pos > 0 || to.pos > 0) ended_ = left == 0;
    return {from.pos, to.pos, ZSTD_isError(left) != 0};
  }

  ZSTD_DStream* stream_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Inflater> Inflater::of(std::string_view coding, std::uint64_t most, std::uint64_t ratio) {
  std::unique_ptr<Inflater> out;
  if (coding.empty() || coding == "identity") out = std::make_unique<Plain>();
  else if (coding == "gzip" || coding == "x-gzip") out = std::make_unique<Gzip>();
  else if (coding == "zstd") out = std::make_unique<Zstd>();
  else return nullptr;
  out->most_ = most;
  out->ratio_ = ratio;
  return out;
}

Inflater::Flow Inflater::step(std::string_view& in, std::string& out, std::size_t room) {
  const std::size_t from = out.size();
  std::size_t given = 0;
  out.resize(from + room);
  for (;;) {
    const Moved moved = move(in, out.data() + from + given, room - given);
    in.remove_prefix(moved.taken);
    given += moved.given;
    in_ += moved.taken;
    out_ += moved.given;
    const bool stands = moved.taken == 0 && moved.given == 0;
    const bool ends = moved.damaged || given == room || stands || out_ > most_;
    if (!ends) continue;
    out.resize(from + given);
    if (moved.damaged || (stands && !in.empty() && given < room)) return Flow::kDamaged;
    if (out_ > most_ || (out_ > kFree && out_ / ratio_ > in_)) return Flow::kTooLarge;
    return given == room ? Flow::kFull : Flow::kHungry;
  }
}

}  // namespace lw::server
