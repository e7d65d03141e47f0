#include "runtime/kafka_address.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

namespace lw::runtime {
namespace {

constexpr std::string_view kScheme = "kafka://";
constexpr std::string_view kSettingPrefix = "rdkafka.";
constexpr std::size_t kMaxTopicBytes = 249;  // Kafka's own limit
constexpr std::string_view kInputParameters = "group, until, settings, rdkafka.NAME";
constexpr std::string_view kOutputParameters = "transactional, every, settings, rdkafka.NAME";

// What Livewarden sets itself: another value would lose or double something.
constexpr std::array<std::string_view, 11> kOurs = {
    "bootstrap.servers", "metadata.broker.list", "group.id",           "enable.auto.commit", "enable.auto.offset.store", "enable.partition.eof",
    "auto.offset.reset", "transactional.id",     "enable.idempotence", "acks",               "request.required.acks"};

Result<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    const char* end = text.data() + std::min(i + 3, text.size());
    const auto read = std::from_chars(text.data() + i + 1, end, value, 16);
    if (i + 3 > text.size() || read.ptr != end) return fail("{}: a % stands before two hexadecimal digits; % itself is written %25", text);
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

bool is_topic(std::string_view topic) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; };
  return !topic.empty() && topic.size() <= kMaxTopicBytes && topic != "." && topic != ".." && std::all_of(topic.begin(), topic.end(), fits);
}

Status check_brokers(std::string_view brokers) {
  for (std::string_view rest = brokers;;) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view one = rest.substr(0, comma);
    const std::size_t colon = one.rfind(':');
    const std::string_view port = colon == std::string_view::npos ? "" : one.substr(colon + 1);
    unsigned number = 0;
    const auto read = std::from_chars(port.data(), port.data() + port.size(), number);
    const bool good = colon != 0 && !port.empty() && read.ptr == port.data() + port.size() && number >= 1 && number <= 65535;
    if (!good) return fail("\"{}\" is no broker; expected host:port", one);
    if (comma == rest.size()) return {};
    rest.remove_prefix(comma + 1);
  }
}

Status add_setting(KafkaAddress& to, std::string name, std::string value) {
  if (std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end()) return fail("the setting {} is Livewarden's own; leave it out", name);
  to.settings.emplace_back(std::move(name), std::move(value));
  return {};
}

Status read_settings(KafkaAddress& to, const std::string& path) {
  std::ifstream in(path);
  if (!in) return fail("{}: cannot be read: {}", path, std::strerror(errno));
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos || equals == 0) return fail("{}: line {}: expected name=value, a setting of librdkafka", path, number);
    if (Status added = add_setting(to, line.substr(0, equals), line.substr(equals + 1)); !added) {
      return fail("{}: line {}: {}", path, number, added.error().message);
    }
  }
  return {};
}

Status set_parameter(KafkaAddress& to, bool input, std::string_view name, std::string value) {
  if (name.starts_with(kSettingPrefix) && name.size() > kSettingPrefix.size()) {
    return add_setting(to, std::string(name.substr(kSettingPrefix.size())), std::move(value));
  }
  if (value.empty()) return fail("{} has no value; expected {}=…", name, name);
  if (name == "settings") return read_settings(to, value);
  if (input && name == "group") {
    to.group = std::move(value);
  } else if (input && name == "until") {
    if (value != "end") return fail("until={}: expected until=end; leave it out to go on for ever", value);
    to.until_end = true;
  } else if (!input && name == "transactional") {
    to.transactional = std::move(value);
  } else if (!input && name == "every") {
    const auto every = parse_duration(value);
    if (!every || every->ns <= 0) return fail("every={}: expected a duration such as 200ms or 1s", value);
    to.every = *every;
  } else {
    return fail("unknown parameter \"{}\"; an {} takes {}", name, input ? "input" : "output", input ? kInputParameters : kOutputParameters);
  }
  return {};
}

Result<KafkaAddress> parse(std::string_view text, bool input) {
  const auto form = input ? "kafka://host:port[,host:port]/topic?group=NAME" : "kafka://host:port[,host:port]/topic";
  KafkaAddress out;
  if (!is_kafka(text)) return fail("{}: expected {}", text, form);
  const std::size_t query = std::min(text.find('?'), text.size());
  const std::string_view place = text.substr(0, query);  // what messages show: the rest may hold a password
  std::string_view rest = place.substr(kScheme.size());
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return fail("{}: no topic; expected {}", place, form);
  out.brokers = rest.substr(0, slash);
  out.topic = rest.substr(slash + 1);
  if (Status good = check_brokers(out.brokers); !good) return fail("{}: {}", place, good.error().message);
  if (!is_topic(out.topic)) {
    return fail("{}: \"{}\" is no topic; expected at most {} letters, digits, dots, underscores and hyphens", place, out.topic, kMaxTopicBytes);
  }
  rest = text.substr(std::min(query + 1, text.size()));
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equals = std::min(one.find('='), one.size());
    auto value = decoded(one.substr(std::min(equals + 1, one.size())));
    Status good = value ? set_parameter(out, input, one.substr(0, equals), std::move(*value)) : tl::make_unexpected(value.error());
    if (!good) return fail("{}: {}", place, good.error().message);
  }
  return out;
}

}  // namespace

std::string KafkaAddress::name() const { return fmt::format("{}{}/{}", kScheme, brokers, topic); }

Result<KafkaAddress> parse_kafka_input(std::string_view text) { return parse(text, true); }
Result<KafkaAddress> parse_kafka_output(std::string_view text) { return parse(text, false); }

}  // namespace lw::runtime
