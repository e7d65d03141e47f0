#include "mapping/text_stream.h"

#include <unicode/ucnv.h>

namespace lw::mapping {
namespace {

constexpr std::size_t kChunk = 64 << 10;

}  // namespace

const std::vector<std::string_view>& encodings() {
  static const std::vector<std::string_view> names{"utf-8", "gb18030", "gbk", "big5", "utf-16"};
  return names;
}

TextStream::TextStream(std::shared_ptr<event::ByteStream> bytes, std::string_view encoding) : bytes_(std::move(bytes)) {
  if (encoding == "utf-8") return;
  UErrorCode error = U_ZERO_ERROR;
  // What is called GBK in the wild uses GB 18030's characters too.
  from_ = ucnv_open(encoding == "gbk" ? "gb18030" : std::string(encoding).c_str(), &error);
  to_ = ucnv_open("UTF-8", &error);
  raw_.resize(kChunk);
  pivot_.resize(kChunk);
  pivot_from_ = pivot_to_ = pivot_.data();
  next_ = end_ = raw_.data();
}

TextStream::~TextStream() {
  if (from_) ucnv_close(from_);
  if (to_) ucnv_close(to_);
}

std::size_t TextStream::read(char* to, std::size_t size) {
  if (!from_ || !to_) return bytes_->read(to, size);
  char* out = to;
  while (out == to) {
    if (next_ == end_ && !ended_) {
      const std::size_t got = bytes_->read(raw_.data(), raw_.size());
      next_ = raw_.data();
      end_ = next_ + got;
      ended_ = got == 0;
    }
    UErrorCode error = U_ZERO_ERROR;
    ucnv_convertEx(to_, from_, &out, to + size, &next_, end_, pivot_.data(), &pivot_from_, &pivot_to_, pivot_.data() + pivot_.size(), false,
                   ended_, &error);
    if (ended_ && error != U_BUFFER_OVERFLOW_ERROR) break;
  }
  return static_cast<std::size_t>(out - to);
}

}  // namespace lw::mapping
