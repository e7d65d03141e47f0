// Windows that hold one cell at a time: ever, tumbling, session; and sliding ones over cells that forget by themselves.
// Every state offers
//   add(spec, time, watermark, datum, origin)
//   at(spec, watermark): the cell of the window at the watermark, null if that window is closed
//   idle_from(spec): the watermark from which it is as new   approximate()   save(spec, watermark, out)   load(spec, in)   heap_bytes()
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "feature/codec.h"
#include "feature/datum.h"
#include "feature/moment.h"
#include "feature/state.h"

namespace lw::feature {

template <class Cell>
struct Ever {
  Cell cell;

  void add(const Spec& spec, std::int64_t time, Time, const Datum& datum, const Origin& origin) {
    cell.add(spec, time, datum, origin);
  }
  Cell* at(const Spec&, Time) { return &cell; }
  const Cell& any() const { return cell; }
  std::int64_t idle_from(const Spec&) const { return cell.fresh() ? kNever : kForever; }
  void save(const Spec& spec, Time, std::string& out) { cell.save(spec, out); }
  void load(const Spec& spec, Reader& in) { cell.load(spec, in); }
  std::size_t heap_bytes() const { return cell.heap_bytes(); }
};

// The one window that holds the watermark: an event of an earlier one is past counting.
template <class Cell>
struct Tumbling {
  std::int64_t end = kNever;
  Cell cell;

  void add(const Spec& spec, std::int64_t time, Time watermark, const Datum& datum, const Origin& origin) {
    if (watermark.ns >= end) {
      cell.clear();
      end = window_end(spec, watermark.ns);
    }
    if (time == watermark.ns || window_end(spec, time) == end) cell.add(spec, time, datum, origin);
  }
  Cell* at(const Spec&, Time watermark) {
    if (watermark.ns >= end) cell.clear();
    return &cell;
  }
  const Cell& any() const { return cell; }
  std::int64_t idle_from(const Spec&) const { return cell.fresh() ? kNever : end; }
  void save(const Spec& spec, Time watermark, std::string& out) {
    put_signed(out, watermark.ns >= end ? kNever : end);
    at(spec, watermark)->save(spec, out);
  }
  void load(const Spec& spec, Reader& in) {
    end = in.signed_number();
    cell.load(spec, in);
  }
  std::size_t heap_bytes() const { return cell.heap_bytes(); }
};

// The latest session, and the one before it as long as a late event may still join the two. That is exact because an event
// later than the gap is not counted: it cannot reach further back than that.
template <class Cell>
class Session {
 public:
  void add(const Spec& spec, std::int64_t time, Time watermark, const Datum& datum, const Origin& origin) {
    const std::int64_t gap = spec.window.width.ns;
    if (time <= horizon(spec, watermark)) return;
    if (latest_.last != kNever && time - latest_.last >= gap) begin_another(spec, watermark);
    latest_.start = latest_.last == kNever ? time : std::min(latest_.start, time);
    latest_.last = std::max(latest_.last, time);
    latest_.cell.add(spec, time, datum, origin);
    if (before_ && latest_.start - before_->last < gap) {
      latest_.start = std::min(latest_.start, before_->start);
      latest_.cell.merge(spec, before_->cell);
      before_.reset();
    }
  }
  Cell* at(const Spec& spec, Time watermark) {
    return latest_.last > horizon(spec, watermark) ? &latest_.cell : nullptr;
  }
  const Cell& any() const { return latest_.cell; }
  std::int64_t idle_from(const Spec& spec) const {
    return latest_.last == kNever ? kNever : leaves_at(spec, latest_.last, 2);
  }
  void save(const Spec& spec, Time watermark, std::string& out) {
    if (watermark.ns >= idle_from(spec)) {
      latest_.cell.clear();
      latest_.last = latest_.start = kNever;
      before_.reset();
    } else if (before_ && before_->last <= horizon(spec, watermark, 2)) {
      before_.reset();
    }
    save(spec, latest_, out);
    put(out, before_ != nullptr);
    if (before_) save(spec, *before_, out);
  }
  void load(const Spec& spec, Reader& in) {
    load(spec, latest_, in);
    if (in.number() == 0 || !in.ok()) return;
    before_ = std::make_unique<One>();
    load(spec, *before_, in);
    if (before_->last > latest_.last || latest_.last == kNever) in.refuse();
  }
  std::size_t heap_bytes() const {
    return latest_.cell.heap_bytes() + (before_ ? sizeof(One) + before_->cell.heap_bytes() : 0);
  }

 private:
  struct One {
    std::int64_t start = kNever;
    std::int64_t last = kNever;
    Cell cell;
  };

  void begin_another(const Spec& spec, Time watermark) {
    if (latest_.last > horizon(spec, watermark, 2)) {
      if (!before_) before_ = std::make_unique<One>();
      before_->cell.clear();
      std::swap(*before_, latest_);
      if constexpr (requires { latest_.cell.continue_from(before_->cell); }) latest_.cell.continue_from(before_->cell);
    } else {
      latest_.cell.clear();
      before_.reset();
    }
    latest_.start = latest_.last = kNever;
  }
  static void save(const Spec& spec, One& one, std::string& out) {
    put_signed(out, one.start);
    put_signed(out, one.last);
    one.cell.save(spec, out);
  }
  static void load(const Spec& spec, One& one, Reader& in) {
    one.start = in.signed_number();
    one.last = in.signed_number();
    one.cell.load(spec, in);
    if (one.start > one.last || (one.start == kNever) != (one.last == kNever)) in.refuse();
  }

  One latest_;
  std::unique_ptr<One> before_;
};

// A sliding window over a cell that knows the times of what it holds: evict(spec, watermark), idle_from(spec).
template <class Cell>
struct Forgetting {
  Cell cell;

  void add(const Spec& spec, std::int64_t time, Time watermark, const Datum& datum, const Origin& origin) {
    cell.evict(spec, watermark);
    if (filed(spec, time) > horizon(spec, watermark)) cell.add(spec, time, datum, origin);
  }
  Cell* at(const Spec& spec, Time watermark) {
    cell.evict(spec, watermark);
    return &cell;
  }
  const Cell& any() const { return cell; }
  std::int64_t idle_from(const Spec& spec) const { return cell.idle_from(spec); }
  void save(const Spec& spec, Time watermark, std::string& out) {
    cell.evict(spec, watermark);
    cell.save(spec, out);
  }
  void load(const Spec& spec, Reader& in) { cell.load(spec, in); }
  std::size_t heap_bytes() const { return cell.heap_bytes(); }
};

}  // namespace lw::feature
