// The tests beside a rule, from the short form of docs/packs.md to events as a source would send them.
#pragma once

#include <vector>

#include "pack/drafts.h"
#include "pack/testcase.h"

namespace lw::pack {

// Appends the tests of one rule. Mistakes in them are findings: an unknown event type, a misspelt field, a malformed time.
void read_tests(const RuleDraft& rule, const Drafts& drafts, Findings& findings, const Limits& limits, std::vector<TestCase>& out);

// A YAML value as JSON: a plain scalar that looks like a number, true, false or null is one, all others are strings.
// "{n}" in a string becomes `n`.
std::string to_json(const Node& node, std::size_t n);

}  // namespace lw::pack
