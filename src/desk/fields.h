// What JSON and a query hold, read without exceptions: records are the engine's own, requests were checked against the API's document,
// and still nothing that is missing or of another type may do harm.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "desk/answer.h"

namespace lw::desk {

using Query = std::map<std::string, std::string>;  // of a list: filters, `limit`, `after`

const Json& part_of(const Json& in, std::string_view field);  // null if it is not there
std::string text_of(const Json& in, std::string_view field);  // "" if it is not there or no string
std::int64_t number_of(const Json& in, std::string_view field, std::int64_t otherwise = 0);
std::vector<std::string> texts_of(const Json& in, std::string_view field);
Json parsed(const std::string& text);  // null if it is no JSON
std::string written(const Json& json);  // compact, keys sorted; what is no UTF-8 is replaced
// The object without what is nothing: "" and null, as the API leaves out what there is not.
Json without_nothing(Json object);

// {"kind": …, "id": …} of a request; both are asked for, in ids as the contract allows them (docs/events.md).
struct Named {
  std::string kind, id;
};
Answer<Named> asked_entity(const Json& body, std::string_view field);
// A text that has to be there, of `most` bytes at most.
Answer<std::string> asked_text(const Json& body, std::string_view field, std::size_t most = 4000);
// A time that may be there: 0 if not.
Answer<std::int64_t> asked_time(const Json& body, std::string_view field);

std::string asked(const Query& query, std::string_view name);  // "" if it is not there
std::int64_t asked_number(const Query& query, std::string_view name, std::int64_t otherwise);

}  // namespace lw::desk
