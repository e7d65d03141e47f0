#include "server/call.h"

#include <charconv>

namespace lw::server {

const std::string& Call::at(const std::string& name) const {
  static const std::string kNone;
  const auto found = path.find(name);
  return found == path.end() ? kNone : found->second;
}

std::string Call::asked(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

std::int64_t Call::number(const std::string& name, std::int64_t otherwise) const {
  const auto in_path = path.find(name), in_query = query.find(name);
  const std::string& text = in_path != path.end() ? in_path->second : in_query != query.end() ? in_query->second : std::string();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? number : otherwise;
}

}  // namespace lw::server
