// Text as its readers see it: NFKC, full width to half, lower case, traditional to simplified, look-alikes folded, what is
// invisible or was only put between Han characters to hide a word removed. Offsets lead back to the original.
// docs/features.md lists the rules. The tables are made once, at first use, from ICU; a text is a walk over them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lw::feature {

inline constexpr std::size_t kMaxTextBytes = 64 << 10;  // of a text; the rest is not read

// Holds the buffers of one text: nothing is allocated once they have grown. One per thread.
class Normaliser {
 public:
  Normaliser();
  ~Normaliser();
  Normaliser(Normaliser&&) noexcept;
  Normaliser& operator=(Normaliser&&) noexcept;

  // Invalid UTF-8 is taken byte by byte as a separator. The result lives until the next call.
  std::string_view run(std::string_view original);

  // Of the last run.
  std::string_view text() const { return text_; }
  std::uint32_t size() const { return size_; }  // in code points

  // Where normalised byte `at` came from: the original bytes [begin(at), end(at)). For any at < text().size(), both
  // ascend with `at`.
  std::uint32_t begin(std::size_t at) const { return begin_[at]; }
  std::uint32_t end(std::size_t at) const { return end_[at]; }
  // Which code point of the normalised text byte `at` belongs to, from 0.
  std::uint32_t position(std::size_t at) const { return position_[at]; }

  // A hash of the normalised letters and digits alone; empty where there are none. Stable over machines and runs.
  std::optional<std::uint64_t> key() const;

 private:
  struct Point;
  void decode(std::string_view original);
  void drop_inserted();
  void encode();

  std::vector<Point> points_;
  std::string text_;
  std::vector<std::uint32_t> begin_, end_, position_;
  std::uint32_t size_ = 0;
  mutable std::string letters_;
};

}  // namespace lw::feature
