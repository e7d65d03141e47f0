#include "server/config.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <map>
#include <sstream>

#include "cel/suggest.h"
#include "event/event.h"
#include "pack/document.h"
#include "runtime/kafka_address.h"

namespace lw::server {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

template <class T>
bool is(const Setting& setting) {
  return std::holds_alternative<T>(setting.to);
}

// "limits.body_bytes" as LIVEWARDEN_LIMITS_BODY_BYTES.
std::string variable_of(std::string_view name) {
  std::string out = "LIVEWARDEN_";
  for (const char c : name) out += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = text.find(at);
    std::string_view one = text.substr(0, end);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (!one.empty()) out.emplace_back(one);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

Status set_number(const Setting& setting, const std::string& text, std::uint64_t& to) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty();
  if (!whole || number < setting.least || number > setting.most) {
    return fail("{} must be a whole number from {} to {}, not '{}'", setting.name, setting.least, setting.most, text);
  }
  to = number;
  return {};
}

Status set_duration(const Setting& setting, const std::string& text, Duration& to) {
  const auto duration = parse_duration(text);
  const Duration least{static_cast<std::int64_t>(setting.least) * kSecond}, most{static_cast<std::int64_t>(setting.most) * kSecond};
  if (!duration || *duration < least || *duration > most) {
    return fail("{} must be a time such as 30s or 12h, from {} to {}, not '{}'", setting.name, format_duration(least), format_duration(most), text);
  }
  to = *duration;
  return {};
}

Status set(const Setting& setting, const std::string& text) {
  return std::visit(Overloaded{[&](std::string* to) -> Status {
                                 *to = text;
                                 return {};
                               },
                               [&](std::vector<std::string>* to) -> Status {
                                 *to = split(text, ',');
                                 return {};
                               },
                               [&](Duration* to) { return set_duration(setting, text, *to); },
                               [&](std::uint64_t* to) { return set_number(setting, text, *to); },
                               [&](bool* to) -> Status {
                                 if (text != "true" && text != "false") return fail("{} must be true or false, not '{}'", setting.name, text);
                                 *to = text == "true";
                                 return {};
                               }},
                    setting.to);
}

Result<std::string> first_line(const std::string& name, const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (!in || !std::getline(in, line)) return fail("{}: {} cannot be read or is empty", name, path);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  return line;
}

// The setting of that name, and whether it names a file that has the value.
const Setting* find(const std::vector<Setting>& settings, std::string_view name, bool& from_file) {
  const auto by = [&](std::string_view wanted) {
    const auto found = std::find_if(settings.begin(), settings.end(), [&](const Setting& one) { return one.name == wanted; });
    return found == settings.end() ? nullptr : &*found;
  };
  from_file = false;
  if (const Setting* found = by(name)) return found;
  if (!name.ends_with("_file")) return nullptr;
  const Setting* found = by(name.substr(0, name.size() - 5));
  from_file = found && is<std::string*>(*found);
  return from_file ? found : nullptr;
}

class Reader {
 public:
  explicit Reader(Config& config) : settings_(settings_of(config)) {}

  Status read(const pack::Node& node, const std::string& prefix) {
    for (const pack::Entry& entry : node.entries) {
      const std::string name = prefix + entry.key.text;
      const auto at = [&](const Status& done) { return done ? done : tl::make_unexpected(entry.value.error(done.error().message)); };
      bool from_file = false;
      const Setting* setting = find(settings_, name, from_file);
      if (!setting && is_section(name)) {
        if (!entry.value.is_mapping() && !entry.value.is_null()) return tl::make_unexpected(entry.value.error(fmt::format("{} has settings of its own", name)));
        if (Status done = read(entry.value, name + "."); !done) return done;
      } else if (!setting) {
        return tl::make_unexpected(entry.key.error(fmt::format("there is no setting '{}'{}", name, cel::suggestion(name, names()))));
      } else if (Status done = at(give(*setting, entry.value, from_file)); !done) {
        return done;
      }
    }
    return {};
  }

  Status read(const std::vector<std::pair<std::string, std::string>>& environment) {
    std::map<std::string, std::string> known;
    for (const Setting& setting : settings_) {
      known[variable_of(setting.name)] = setting.name;
      if (is<std::string*>(setting)) known.emplace(variable_of(setting.name + "_file"), setting.name + "_file");
    }
    for (const auto& [variable, value] : environment) {
      if (!variable.starts_with("LIVEWARDEN_")) continue;
      const auto found = known.find(variable);
      if (found == known.end()) {
        std::vector<std::string_view> names;
        for (const auto& [name, setting] : known) names.push_back(name);
        return fail("the environment's {} names no setting{}", variable, cel::suggestion(variable, names));
      }
      bool from_file = false;
      const Setting* setting = find(settings_, found->second, from_file);
      if (Status done = give(*setting, value, from_file); !done) return fail("{}: {}", variable, done.error().message);
    }
    return {};
  }

 private:
  static Status give(const Setting& setting, const std::string& text, bool from_file) {
    if (!from_file) return set(setting, text);
    const auto line = first_line(setting.name + "_file", text);
    return line ? set(setting, *line) : tl::make_unexpected(line.error());
  }
  static Status give(const Setting& setting, const pack::Node& node, bool from_file) {
    if (node.is_scalar()) {
      if (is<std::vector<std::string>*>(setting)) {
        *std::get<std::vector<std::string>*>(setting.to) = {node.text};
        return {};
      }
      return give(setting, node.text, from_file);
    }
    if (!is<std::vector<std::string>*>(setting) || !node.is_sequence()) return fail("{} has one value", setting.name);
    std::vector<std::string> items;
    for (const pack::Node& item : node.items) {
      if (!item.is_scalar()) return fail("{} is a list of texts", setting.name);
      items.push_back(item.text);
    }
    *std::get<std::vector<std::string>*>(setting.to) = std::move(items);
    return {};
  }
  bool is_section(const std::string& name) const {
    return std::any_of(settings_.begin(), settings_.end(), [&](const Setting& one) { return one.name.starts_with(name + "."); });
  }
  std::vector<std::string_view> names() const {
    std::vector<std::string_view> out;
    for (const Setting& setting : settings_) out.push_back(setting.name);
    return out;
  }

  std::vector<Setting> settings_;
};

Status check_listen(const Config& config) {
  if (config.listen.empty()) return fail("listen names no address");
  for (const std::string& text : config.listen) {
    if (auto address = parse_address(text); !address) return fail("listen: {}", address.error().message);
  }
  for (const std::string& proxy : config.proxies) {
    in_addr four{};
    in6_addr six{};
    if (inet_pton(AF_INET, proxy.c_str(), &four) != 1 && inet_pton(AF_INET6, proxy.c_str(), &six) != 1) {
      return fail("proxies: '{}' is no IP address", proxy);
    }
  }
  return {};
}

}  // namespace

std::vector<Setting> settings_of(Config& c) {
  Limits& l = c.limits;
  constexpr std::uint64_t kBig = 1ull << 40;
  return {
      {"data", &c.data},
      {"listen", &c.listen},
      {"store", &c.store},
      {"packs", &c.packs},
      {"console", &c.console},
      {"public_url", &c.public_url},
      {"proxies", &c.proxies},
      {"tls.certificate", &c.tls.certificate},
      {"tls.key", &c.tls.key},
      {"kafka.in", &c.kafka.in},
      {"kafka.out", &c.kafka.out},
      {"kafka.interventions", &c.kafka.interventions},
      {"folder", &c.folder},
      {"lateness", &c.lateness, 0, 86400},
      {"pseudonyms.off", &c.pseudonyms.off},
      {"evidence.origin", &c.evidence.origin},
      {"evidence.key", &c.evidence.key},
      {"hooks.timeout", &c.hooks.timeout, 1, 300},
      {"hooks.private_addresses", &c.hooks.private_addresses},
      {"log.level", &c.log.level},
      {"log.format", &c.log.format},
      {"workers", &c.workers, 1, 256},
      {"readers", &c.readers, 1, 64},
      {"limits.header_bytes", &l.header_bytes, 1 << 10, 1 << 20},
      {"limits.body_bytes", &l.body_bytes, 1 << 10, 64 << 20},
      {"limits.public_bytes", &l.public_bytes, 1 << 10, 64 << 20},
      {"limits.batch_bytes", &l.batch_bytes, 1 << 10, 256 << 20},
      {"limits.stream_bytes", &l.stream_bytes, 1 << 10, kBig},
      {"limits.event_bytes", &l.event_bytes, 1 << 10, event::kMaxEventBytes},
      {"limits.held_bytes", &l.held_bytes, 4 << 20, kBig},
      {"limits.ratio", &l.ratio, 2, 10'000},
      {"limits.depth", &l.depth, 4, 200},
      {"limits.connections", &l.connections, 1, 100'000},
      {"limits.connections_per_address", &l.connections_per_address, 1, 100'000},
      {"limits.requests", &l.requests, 1, 10'000},
      {"limits.streams", &l.streams, 0, 100'000},
      {"limits.logins", &l.logins, 1, 100'000},
      {"limits.ahead", &l.ahead, 0, 36'500 * 86'400ull},
      {"limits.header_time", &l.header_time, 1, 3600},
      {"limits.body_time", &l.body_time, 1, 3600},
      {"limits.pause", &l.pause, 1, 3600},
      {"limits.idle", &l.idle, 1, 3600},
      {"limits.drain", &l.drain, 0, 3600},
  };
}

std::string Setting::value() const {
  return std::visit(Overloaded{[](const std::string* text) { return *text; },
                               [](const std::vector<std::string>* list) { return fmt::format("{}", fmt::join(*list, ", ")); },
                               [](const Duration* duration) { return format_duration(*duration); },
                               [](const std::uint64_t* number) { return std::to_string(*number); },
                               [](const bool* yes) { return std::string(*yes ? "true" : "false"); }},
                    to);
}

Result<Address> parse_address(std::string_view text) {
  const auto bad = [&] { return fail("'{}' is no address; one is 127.0.0.1:8080, [::1]:8080 or :8080", text); };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad();
  Address out;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos) return bad();
  out.host = host.empty() ? "::" : std::string(host);
  in_addr four{};
  in6_addr six{};
  if (inet_pton(AF_INET, out.host.c_str(), &four) != 1 && inet_pton(AF_INET6, out.host.c_str(), &six) != 1) return bad();
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size() || port.empty()) return bad();
  return out;
}

Status check_config(const Config& config) {
  if (config.data.empty()) return fail("data names no folder");
  if (Status done = check_listen(config); !done) return done;
  if (config.tls.certificate.empty() != config.tls.key.empty()) return fail("tls needs certificate and key, or neither");
  if (!config.store.empty() && !config.store.starts_with("sqlite:") && !config.store.starts_with("postgresql://")) {
    return fail("store must be sqlite:PATH or postgresql://USER@HOST:PORT/NAME");
  }
  if (!config.public_url.empty() && !config.public_url.starts_with("https://") && !config.public_url.starts_with("http://")) {
    return fail("public_url must begin with https:// or http://");
  }
  if (!config.kafka.in.empty()) {
    if (auto address = runtime::parse_kafka_input(config.kafka.in); !address) return fail("kafka.in: {}", address.error().message);
  }
  for (const auto& [name, text] : {std::pair{"kafka.out", config.kafka.out}, std::pair{"kafka.interventions", config.kafka.interventions}}) {
    if (text.empty()) continue;
    if (auto address = runtime::parse_kafka_output(text); !address) return fail("{}: {}", name, address.error().message);
  }
  if (config.evidence.origin.empty() || config.evidence.origin.find_first_of(" +\n\t") != std::string::npos) {
    return fail("evidence.origin must be a name without spaces and '+', such as live.example.org/evidence");
  }
  constexpr std::array kLevels = {"debug", "info", "warning", "error"};
  if (std::find(kLevels.begin(), kLevels.end(), config.log.level) == kLevels.end()) return fail("log.level must be one of {}", fmt::join(kLevels, ", "));
  if (config.log.format != "json" && config.log.format != "text") return fail("log.format must be json or text");
  if (config.limits.event_bytes > config.limits.batch_bytes) return fail("limits.event_bytes is larger than limits.batch_bytes");
  return {};
}

Result<Config> parse_config(const std::string& name, std::string text, const std::vector<std::pair<std::string, std::string>>& environment) {
  Config config;
  Reader reader(config);
  // A document of nothing but comments is no YAML document.
  if (text.find_first_not_of(" \t\r\n") != std::string::npos) {
    auto document = pack::parse_document(name, std::move(text), pack::Limits{});
    if (!document) return tl::make_unexpected(document.error());
    if (!document->root.is_mapping() && !document->root.is_null()) return tl::make_unexpected(document->root.error("settings are `name: value`"));
    if (Status done = reader.read(document->root, ""); !done) return tl::make_unexpected(done.error());
  }
  if (Status done = reader.read(environment); !done) return tl::make_unexpected(done.error());
  if (Status done = check_config(config); !done) return tl::make_unexpected(done.error());
  return config;
}

Result<Config> read_config(const std::string& path, const std::vector<std::pair<std::string, std::string>>& environment) {
  if (path.empty()) return parse_config("", "", environment);
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return fail("{}: the configuration cannot be read", path);
  return parse_config(path, text.str(), environment);
}

}  // namespace lw::server
