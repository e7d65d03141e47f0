#include "mapping/rows.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "event/json_walk.h"
#include "event/line_feed.h"
#include "mapping/csv.h"

namespace lw::mapping {
namespace {

constexpr std::string_view kMoreAfterObject = "more after the object on its line";

std::string missing(const std::vector<const Column*>& columns) {
  if (columns.empty()) return {};
  std::string out = "the file has no column ";
  for (const Column* column : columns) out += (column == columns.front() ? "" : ", ") + fmt::format("{}", fmt::join(column->headers, " or "));
  return out;
}

class CsvRows : public Rows {
 public:
  CsvRows(const Form& form, std::shared_ptr<event::ByteStream> bytes)
      : reader_(std::make_unique<TextStream>(std::move(bytes), form.encoding), form.delimiter) {
    for (std::int64_t i = 0; i < form.skip; ++i) reader_.skip_line();
    CsvReader::Record header;
    if (!reader_.next(header) || !header.fault.empty()) {
      fault_ = header.fault.empty() ? "no header: the file is empty" : "the header: " + header.fault;
      return;
    }
    width_ = header.cells.size();
    for (const Column& column : form.columns) {
      std::optional<std::size_t> found;
      for (const std::string& name : column.headers) {
        const auto at = std::find(header.cells.begin(), header.cells.end(), name);
        if (at != header.cells.end() && !found) found = static_cast<std::size_t>(at - header.cells.begin());
      }
      cells_.push_back(found);
      if (!found && column.required) missing_.push_back(&column);
    }
  }

  std::string lacking() const { return fault_.empty() ? missing(missing_) : fault_; }

  bool next(Row& row, std::span<cel::Value> slots, cel::Arena&) override {
    if (!fault_.empty() || !reader_.next(record_)) return false;
    row.line = record_.line;
    row.shown = record_.shown;
    row.fault = record_.fault;
    row.broken = record_.broken;
    if (!row.fault.empty()) return true;
    const auto& cells = record_.cells;
    if (cells.size() < width_ || std::any_of(cells.begin() + static_cast<std::ptrdiff_t>(std::min(width_, cells.size())), cells.end(), [](std::string_view cell) { return !cell.empty(); })) {
      row.fault = fmt::format("{} cells under a header of {}", cells.size(), width_);
      return true;
    }
    for (std::size_t i = 0; i < cells_.size(); ++i)
      if (cells_[i] && *cells_[i] < cells.size() && !cells[*cells_[i]].empty()) slots[i] = cel::Value::of_string(cells[*cells_[i]]);
    return true;
  }

 private:
  CsvReader reader_;
  CsvReader::Record record_;
  std::string fault_;
  std::size_t width_ = 0;
  std::vector<std::optional<std::size_t>> cells_;  // of each column
  std::vector<const Column*> missing_;
};

class JsonRows : public Rows {
 public:
  JsonRows(const Form& form, std::shared_ptr<event::ByteStream> bytes) : form_(form), lines_(std::move(bytes)) {
    for (std::size_t i = 0; i < form.columns.size(); ++i)
      for (const std::string& header : form.columns[i].headers) slots_.try_emplace(header, i);
  }

  bool next(Row& row, std::span<cel::Value> slots, cel::Arena& arena) override {
    if (!lines_.next(line_)) return false;
    row.line = line_.number;
    row.shown = line_.text;
    row.fault = line_.fault;
    row.broken = line_.broken;
    if (row.fault.empty()) row.fault = read(line_.text, slots, arena);
    return true;
  }

  // The columns that the first object lacks; empty too if there is no object at all.
  std::string lacking() {
    Row row;
    cel::Arena arena;
    std::vector<cel::Value> slots(form_.slots());
    if (!next(row, slots, arena)) return {};
    if (!row.fault.empty()) return row.fault;
    std::vector<const Column*> without;
    for (std::size_t i = 0; i < form_.columns.size(); ++i)
      if (form_.columns[i].required && slots[i].is(cel::Kind::kAbsent)) without.push_back(&form_.columns[i]);
    return missing(without);
  }

 private:
  std::string read(std::string_view text, std::span<cel::Value> slots, cel::Arena& arena) {
    namespace ondemand = simdjson::ondemand;
    event::Fault fault;
    event::JsonReader reader(arena, fault);
    reader.start(false);
    ondemand::document document;
    ondemand::object object;
    if (const auto error = parser_.iterate(text.data(), text.size(), text.size() + event::kPadding).get(document)) return std::string(event::reason_of(error));
    if (const auto error = document.get_object().get(object)) {
      if (error == simdjson::INCOMPLETE_ARRAY_OR_OBJECT && event::more_after_object(text)) return std::string(kMoreAfterObject);
      return error == simdjson::INCORRECT_TYPE ? "not a JSON object" : std::string(event::reason_of(error));
    }
    for (auto entry : object) {
      ondemand::field field;
      if (const auto error = std::move(entry).get(field)) return std::string(event::reason_of(error));
      std::string_view name;
      if (!reader.key(field, name)) return fault.reason;
      ondemand::value value = field.value();
      const event::JsonKind kind = event::kind_of(value);
      const auto slot = slots_.find(name);
      cel::Value read;
      const bool wanted = slot != slots_.end();
      if (!(wanted ? reader.any(value, kind, 1, read) : reader.walk(value, kind, 1))) return fmt::format("{}: {}", name.substr(0, 80), fault.reason);
      if (wanted && !read.is(cel::Kind::kNull)) slots[slot->second] = read;
    }
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return std::string(kMoreAfterObject);
    return {};
  }

  const Form& form_;
  event::LineFeed lines_;
  event::Line line_;
  simdjson::ondemand::parser parser_;
  std::map<std::string, std::size_t, std::less<>> slots_;
};

}  // namespace

std::unique_ptr<Rows> open_rows(const Form& form, std::shared_ptr<event::ByteStream> bytes) {
  if (form.kind == Form::Kind::kCsv) return std::make_unique<CsvRows>(form, std::move(bytes));
  return std::make_unique<JsonRows>(form, std::move(bytes));
}

std::string lacking(const Form& form, std::string_view beginning) {
  if (form.kind == Form::Kind::kCsv) return CsvRows(form, event::ByteStream::of(beginning)).lacking();
  return JsonRows(form, event::ByteStream::of(beginning)).lacking();
}

}  // namespace lw::mapping
