// What the command tells people beside its results: errors and notes on standard error, as text or as JSON lines.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace lw::cli::say {

void as_json(bool wanted);  // --log-format json

void note(std::string_view text);
void error(std::string_view text);
void error(const Error& error);

// Says what failed and gives the exit code back: 2 for wrong usage or input, 3 for an internal or I/O failure.
int failed(int code, const Error& error);

// Writes a result to standard output: 0, or 3 if it cannot be written.
int result(std::string_view text);

}  // namespace lw::cli::say
