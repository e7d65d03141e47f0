#include "event/byte_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace lw::event {
namespace {

constexpr std::size_t kChunk = 256 << 10;

enum class Form { kPlain, kGzip, kZstd };

Form form_of(std::string_view first) {
  if (first.starts_with("\x1f\x8b")) return Form::kGzip;
  if (first.starts_with("\x28\xb5\x2f\xfd")) return Form::kZstd;
  return Form::kPlain;
}

// A JSON object on a line of its own: enough to tell what a stream holds.
bool is_line(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || text[start] != '{') return false;
  const std::size_t end = text.find('\n', start);
  return end != std::string_view::npos && text[text.find_last_not_of(" \t\r\n", end)] == '}';
}

}  // namespace

struct ByteStream::Impl {
  int file = -1;
  std::string_view memory;
  std::vector<char> chunk;    // what was read of the input
  std::string_view pending;   // the part of it that is not used yet
  std::vector<char> ahead;    // what was peeked at, and the rest of it that was not read yet
  std::string_view rest;
  std::uint64_t in = 0, out = 0, total = 0;
  std::string fault;
  bool ended = false;         // nothing more to read of the input
  Form form = Form::kPlain;
  z_stream zlib{};
  bool zlib_open = false, member_open = false;
  ZSTD_DStream* zstd = nullptr;

  ~Impl() {
    if (file > STDIN_FILENO) ::close(file);
    if (zlib_open) inflateEnd(&zlib);
    ZSTD_freeDStream(zstd);
  }

  std::size_t raw(char* to, std::size_t size) {
    if (file < 0) {
      const std::size_t taken = memory.copy(to, size);
      memory.remove_prefix(taken);
      in += taken;
      return taken;
    }
    ssize_t taken;
    do taken = ::read(file, to, size);
    while (taken < 0 && errno == EINTR);
    if (taken < 0) {
      fault = fmt::format("reading failed: {}", std::strerror(errno));
      return 0;
    }
    in += static_cast<std::size_t>(taken);
    return static_cast<std::size_t>(taken);
  }

  bool refill() {
    if (!pending.empty()) return true;
    const std::size_t taken = raw(chunk.data(), chunk.size());
    pending = {chunk.data(), taken};
    ended = ended || taken == 0;
    return taken > 0;
  }

  // The first bytes decide; they may come one by one from a pipe.
  void detect() {
    chunk.resize(kChunk);
    std::size_t held = 0;
    while (held < 4) {
      const std::size_t taken = raw(chunk.data() + held, chunk.size() - held);
      if (taken == 0) break;
      held += taken;
    }
    pending = {chunk.data(), held};
    form = form_of(pending);
    if (form == Form::kGzip) zlib_open = inflateInit2(&zlib, 15 + 16) == Z_OK;
    if (form == Form::kZstd) zstd = ZSTD_createDStream();
    if ((form == Form::kGzip && !zlib_open) || (form == Form::kZstd && !zstd)) fault = "out of memory";
    member_open = form != Form::kPlain;
  }

  std::size_t gunzip(char* to, std::size_t size) {
    zlib.next_out = reinterpret_cast<Bytef*>(to);
    zlib.avail_out = static_cast<uInt>(std::min<std::size_t>(size, 1 << 30));
    const uInt room = zlib.avail_out;
    while (zlib.avail_out == room) {
      if (!refill()) {
        if (fault.empty() && member_open) fault = "the gzip data is cut short";
        break;
      }
      if (!member_open) {  // another member follows
        if (inflateReset(&zlib) != Z_OK) break;
        member_open = true;
      }
      zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(pending.data()));
      zlib.avail_in = static_cast<uInt>(pending.size());
      const int status = inflate(&zlib, Z_NO_FLUSH);
      pending.remove_prefix(pending.size() - zlib.avail_in);
      if (status == Z_STREAM_END) {
        member_open = false;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        fault = fmt::format("the gzip data is damaged: {}", zlib.msg ? zlib.msg : "unreadable");
        break;
      }
    }
    return room - zlib.avail_out;
  }

  std::size_t unzstd(char* to, std::size_t size) {
    ZSTD_outBuffer output{to, size, 0};
    while (output.pos == 0) {
      if (!refill()) {
        if (fault.empty() && member_open) fault = "the zstd data is cut short";
        break;
      }
      ZSTD_inBuffer input{pending.data(), pending.size(), 0};
      const std::size_t status = ZSTD_decompressStream(zstd, &output, &input);
      pending.remove_prefix(input.pos);
      if (ZSTD_isError(status)) {
        fault = fmt::format("the zstd data is damaged: {}", ZSTD_getErrorName(status));
        break;
      }
      member_open = status != 0;
    }
    return output.pos;
  }

  std::size_t plain(char* to, std::size_t size) {
    if (pending.empty()) return raw(to, size);
    const std::size_t taken = pending.copy(to, size);
    pending.remove_prefix(taken);
    return taken;
  }
};

ByteStream::ByteStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ByteStream::~ByteStream() = default;

Result<std::unique_ptr<ByteStream>> ByteStream::open(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  impl->file = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (impl->file < 0) return fail("{}: {}", path, errno == ENOENT ? "no such file" : std::strerror(errno));
  struct stat facts {};
  if (::fstat(impl->file, &facts) != 0) return fail("{}: {}", path, std::strerror(errno));
  if (S_ISDIR(facts.st_mode)) return fail("{}: is a directory; name the files in it", path);
  if (S_ISREG(facts.st_mode)) impl->total = static_cast<std::uint64_t>(facts.st_size);
  impl->detect();
  if (!impl->fault.empty()) return fail("{}: {}", path, impl->fault);
  return std::unique_ptr<ByteStream>(new ByteStream(std::move(impl)));
}

std::unique_ptr<ByteStream> ByteStream::of(std::string_view bytes) {
  auto impl = std::make_unique<Impl>();
  impl->memory = bytes;
  impl->total = bytes.size();
  impl->detect();
  return std::unique_ptr<ByteStream>(new ByteStream(std::move(impl)));
}

std::string_view ByteStream::peek() {
  Impl& impl = *impl_;
  if (!impl.ahead.empty()) return impl.rest;
  impl.ahead.resize(kPeekBytes);
  std::size_t held = 0;
  while (held < kPeekBytes) {
    const std::size_t got = fresh(impl.ahead.data() + held, kPeekBytes - held);
    if (got == 0) break;
    held += got;
    if (impl.total == 0 && is_line({impl.ahead.data(), held})) break;  // of a stream: what follows may take long
  }
  return impl.rest = {impl.ahead.data(), held};
}

std::size_t ByteStream::read(char* to, std::size_t size) {
  Impl& impl = *impl_;
  if (impl.rest.empty()) return fresh(to, size);
  const std::size_t taken = impl.rest.copy(to, size);
  impl.rest.remove_prefix(taken);
  return taken;
}

std::size_t ByteStream::fresh(char* to, std::size_t size) {
  Impl& impl = *impl_;
  if (!impl.fault.empty() || size == 0) return 0;
  std::size_t got = 0;
  switch (impl.form) {
    case Form::kPlain: return impl.plain(to, size);
    case Form::kGzip: got = impl.gunzip(to, size); break;
    case Form::kZstd: got = impl.unzstd(to, size); break;
  }
  impl.out += got;
  if (impl.out > kFreeBytes && impl.out / kMaxRatio > impl.in) {
    impl.fault = fmt::format("grows more than {} times when decompressed; refused as a decompression bomb", kMaxRatio);
    return 0;
  }
  return got;
}

const std::string& ByteStream::fault() const { return impl_->fault; }
std::uint64_t ByteStream::bytes_read() const { return impl_->in; }
std::uint64_t ByteStream::bytes_total() const { return impl_->total; }

}  // namespace lw::event
