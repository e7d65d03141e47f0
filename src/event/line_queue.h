// The lines that an adapter has made of the part of a recording it has read, until they are taken.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event/feed.h"

namespace lw::event {

class LineQueue {
 public:
  // Everything appended to text() since the last line is one event.
  std::string& text() { return text_; }
  void event(std::uint64_t number) { add(number, {}, false); }
  // What was begun in text(), to be kept elsewhere: none of it stays here.
  std::string take_begun() {
    std::string out = text_.substr(end_);
    text_.resize(end_);
    return out;
  }
  // What was begun in text() is dropped; `shown` is the beginning of what was no event.
  void fault(std::uint64_t number, std::string reason, std::string_view shown, bool broken = false) {
    text_.resize(end_);
    text_ += shown.substr(0, kShownBytes);
    add(number, std::move(reason), broken);
  }

  bool empty() const { return taken_ == entries_.size(); }
  // The views live until the queue is empty and more is added.
  void take(Line& line) {
    if (taken_ == 0) text_.append(kPadding, ' ');
    Entry& entry = entries_[taken_++];
    line.text = std::string_view(text_).substr(entry.from, entry.size);
    line.number = entry.number;
    line.fault = std::move(entry.fault);
    line.broken = entry.broken;
  }
  void clear() {
    text_.clear();
    entries_.clear();
    taken_ = end_ = 0;
  }

 private:
  static constexpr std::size_t kShownBytes = 2048;
  struct Entry {
    std::size_t from, size;
    std::uint64_t number;
    std::string fault;
    bool broken;
  };
  void add(std::uint64_t number, std::string reason, bool broken) {
    entries_.push_back({end_, text_.size() - end_, number, std::move(reason), broken});
    end_ = text_.size();
  }

  std::string text_;
  std::vector<Entry> entries_;
  std::size_t taken_ = 0, end_ = 0;
};

}  // namespace lw::event
