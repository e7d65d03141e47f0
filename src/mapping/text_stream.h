// A byte stream as UTF-8, whatever encoding an export is in.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "event/byte_stream.h"

struct UConverter;

namespace lw::mapping {

// The encodings that a mapping may name.
const std::vector<std::string_view>& encodings();

class TextStream {
 public:
  // `encoding` is one of encodings(). UTF-8 passes through unchecked: who reads the text checks it.
  TextStream(std::shared_ptr<event::ByteStream> bytes, std::string_view encoding);
  ~TextStream();
  TextStream(const TextStream&) = delete;
  TextStream& operator=(const TextStream&) = delete;

  // As ByteStream::read. Bytes that the encoding does not know become U+FFFD.
  std::size_t read(char* to, std::size_t size);
  const std::string& fault() const { return bytes_->fault(); }
  bool converts() const { return from_ != nullptr; }  // a U+FFFD in the text means that a byte was wrong

 private:
  std::shared_ptr<event::ByteStream> bytes_;
  UConverter* from_ = nullptr;
  UConverter* to_ = nullptr;
  std::vector<char> raw_;
  const char* next_ = nullptr;
  const char* end_ = nullptr;
  std::vector<char16_t> pivot_;
  char16_t* pivot_from_ = nullptr;
  char16_t* pivot_to_ = nullptr;
  bool ended_ = false;
};

}  // namespace lw::mapping
