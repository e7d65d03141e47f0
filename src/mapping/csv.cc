#include "mapping/csv.h"

#include <fmt/format.h>

#include <simdjson.h>

#include <algorithm>

namespace lw::mapping {
namespace {

constexpr std::size_t kChunk = 256 << 10;
constexpr std::size_t kShownBytes = 2048;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  if (text.size() >= 3 && text.starts_with("=\"") && text.ends_with('"')) text = text.substr(2, text.size() - 3);
  return text;
}

}  // namespace

CsvReader::CsvReader(std::unique_ptr<TextStream> text, char delimiter) : text_(std::move(text)), delimiter_(delimiter), buffer_(kChunk) {
  while (end_ < 3) {
    const std::size_t got = text_->read(buffer_.data() + end_, buffer_.size() - end_);
    if (got == 0) break;
    end_ += got;
  }
  if (std::string_view(buffer_.data(), end_).starts_with("\xef\xbb\xbf")) at_ = 3;
}

bool CsvReader::fill() {
  at_ = 0;
  end_ = text_->read(buffer_.data(), buffer_.size());
  return end_ > 0;
}

int CsvReader::get() {
  if (at_ == end_ && !fill()) return -1;
  const char c = buffer_[at_++];
  if (c == '\n') ++line_;
  return static_cast<unsigned char>(c);
}

bool CsvReader::skip_line() {
  for (int c = get(); c >= 0; c = get()) {
    if (c == '\n') return true;
  }
  return false;
}

void CsvReader::put(char c) {
  if (bytes_ <= kMaxRecordBytes) cells_ += c;
}

void CsvReader::end_cell() {
  if (spans_.size() < kMaxColumns) spans_.push_back({cell_, cells_.size() - cell_});
  else fault_ = fmt::format("more than {} cells", kMaxColumns);
  cell_ = cells_.size();
  quoted_ = false;
}

bool CsvReader::step(char c, State& state) {
  if (state == State::kQuoted) {
    if (c == '"') state = State::kQuote;
    else put(c);
    return true;
  }
  if (state == State::kQuote && c == '"') {  // doubled: one of the text
    put(c);
    state = State::kQuoted;
  } else if (c == '\n') {
    if (!quoted_ && cells_.size() > cell_ && cells_.back() == '\r') cells_.pop_back();
    return false;
  } else if (c == delimiter_) {
    end_cell();
    state = State::kStart;
  } else if (state == State::kStart && c == '"') {
    quoted_ = true;
    state = State::kQuoted;
  } else if (state == State::kQuote) {
    if (c != '\r' && c != ' ' && c != '\t' && fault_.empty()) fault_ = "text after a closing quote; a quote within quotes is written twice";
  } else {
    put(c);
    state = State::kBare;
  }
  return true;
}

bool CsvReader::read(Record& record) {
  cells_.clear();
  spans_.clear();
  shown_.clear();
  fault_.clear();
  cell_ = 0;
  bytes_ = 0;
  quoted_ = false;
  record.line = line_;
  State state = State::kStart;
  int c = get();
  if (c < 0) return false;
  for (; c >= 0; c = get()) {
    ++bytes_;
    if (shown_.size() < kShownBytes) shown_ += static_cast<char>(c);
    if (!step(static_cast<char>(c), state)) break;
  }
  if (c < 0 && state == State::kQuoted && fault_.empty()) fault_ = "a quote is not closed";
  end_cell();
  if (bytes_ > kMaxRecordBytes) fault_ = fmt::format("a record of {} bytes (at most {} are read): perhaps a quote is not closed", bytes_, kMaxRecordBytes);
  return true;
}

bool CsvReader::next(Record& record) {
  record.fault.clear();
  record.broken = false;
  do {
    if (read(record)) continue;
    if (told_ || text_->fault().empty()) return false;
    told_ = record.broken = true;
    record.fault = text_->fault();
    record.cells.clear();
    record.shown = {};
    return true;
  } while (fault_.empty() && spans_.size() == 1 && trimmed(std::string_view(cells_)).empty());
  while (!shown_.empty() && (shown_.back() == '\n' || shown_.back() == '\r')) shown_.pop_back();
  record.shown = shown_;
  record.fault = fault_;
  record.cells.clear();
  for (const Span span : spans_) record.cells.push_back(trimmed(std::string_view(cells_).substr(span.from, span.size)));
  if (record.fault.empty() && text_->converts() && cells_.find("\xef\xbf\xbd") != std::string::npos) {
    record.fault = "bytes that are no text in the form's encoding";
  }
  // Cell by cell: what the end of one and the beginning of the next would make together is no text.
  const auto is_text = [&](const Span& span) { return simdjson::validate_utf8(cells_.data() + span.from, span.size); };
  if (record.fault.empty() && !text_->converts() && !std::all_of(spans_.begin(), spans_.end(), is_text)) {
    record.fault = "invalid UTF-8; a form of another encoding says so, such as `encoding: gb18030`";
  }
  return true;
}

}  // namespace lw::mapping
