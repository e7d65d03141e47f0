// The rows of an export as events: every row goes through the expressions of its form.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "event/recording.h"
#include "mapping/definition.h"

namespace lw::mapping {

// Most bytes of events that a form with `sort: true` may hold at once.
inline constexpr std::size_t kMaxSortedBytes = std::size_t{1} << 30;

// Opens an export. Its form is the first of the mapping whose file pattern takes the name (without .gz and .zst) and whose
// required columns it has; refused if there is none, with what each form lacks.
Result<event::Recording> open_export(const std::string& path, std::shared_ptr<const Definition> definition);

// From memory, under a name: for tests and fuzzers.
Result<std::unique_ptr<event::Feed>> export_feed(std::shared_ptr<event::ByteStream> bytes, const std::string& name,
                                                 std::shared_ptr<const Definition> definition);

}  // namespace lw::mapping
