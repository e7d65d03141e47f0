// The service's settings: one YAML file, strictly read, then LIVEWARDEN_* from the environment. docs/operations.md has them as a table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace lw::server {

// What requests may cost. Sizes in bytes.
struct Limits {
  std::uint64_t header_bytes = 16 << 10;
  std::uint64_t body_bytes = 1 << 20;          // of a JSON request, decompressed
  std::uint64_t public_bytes = 64 << 10;       // the same, where nobody has to say who they are
  std::uint64_t batch_bytes = 16 << 20;        // of events as one JSON document, decompressed
  std::uint64_t stream_bytes = 4ull << 30;     // of events as lines, decompressed
  std::uint64_t event_bytes = 1 << 20;         // of one line
  std::uint64_t held_bytes = 256 << 20;        // of all bodies that are being read
  std::uint64_t ratio = 100;                   // of decompressed to sent bytes, beyond the first MiB
  std::uint64_t depth = 32;                    // of JSON
  std::uint64_t connections = 4096;
  std::uint64_t connections_per_address = 1024;
  std::uint64_t requests = 256;                // that are worked on at once
  std::uint64_t streams = 512;                 // listeners of /v1/stream
  std::uint64_t logins = 60;                   // attempts of one address to log in within a minute
  Duration ahead{10 * kMinute};                // how far an event's time may be before the clock of the machine
  Duration header_time{10 * kSecond};          // from a request's first byte to the end of its header
  Duration body_time{30 * kSecond};            // for a body that is read as a whole
  Duration pause{20 * kSecond};                // in a body that is streamed, and until a peer takes what it is sent
  Duration idle{75 * kSecond};                 // between requests
  Duration drain{10 * kSecond};                // when stopping: what is under way may end
};

struct Config {
  std::string data = "livewarden-data";        // the data folder
  std::vector<std::string> listen = {"127.0.0.1:8080"};
  std::string store;                           // as store::Database::open takes it; empty: SQLite in the data folder
  std::vector<std::string> packs;              // directories; empty: the shipped one
  std::string console;                         // folder of the console's files; empty: found from the binary's own place
  std::string public_url;                      // as people and platforms reach the service; https: over TLS, whoever speaks it
  std::vector<std::string> proxies;            // addresses whose X-Forwarded-For is believed
  struct {
    std::string certificate, key;              // PEM files; both or none
  } tls;
  struct {
    std::string in, out, interventions;        // addresses of topics as `run` takes them; empty: none
  } kafka;
  std::string folder;                          // watched: files dropped there are taken in; empty: `inbox` in the data folder
  Duration lateness{0};                        // of the reorder buffer
  struct {
    bool off = false;                          // ids pass as they are
  } pseudonyms;
  struct {
    std::string origin = "livewarden";         // name of the log in its checkpoints
    std::string key;                           // file; empty: one in the data folder, made when it is not there
  } evidence;
  struct {
    Duration timeout{10 * kSecond};            // of one attempt
    bool private_addresses = false;            // whether they may lead to loopback and private networks
  } hooks;
  struct {
    std::string level = "info", format = "json";
  } log;
  std::uint64_t workers = 8;                   // threads for handlers
  std::uint64_t readers = 6;                   // reading sessions of the store
  Limits limits;

  bool speaks_tls() const { return !tls.certificate.empty(); }
  // Whoever reaches the service does it over TLS, its own or a proxy's: cookies are for that alone.
  bool secure() const { return speaks_tls() || public_url.starts_with("https://"); }
};

// Environment as pairs of name and value; others than LIVEWARDEN_* are passed over. An empty `path`: no file, defaults. Every text can be
// given by file too: `store_file: /run/secrets/store` and LIVEWARDEN_STORE_FILE take the file's first line. The first mistake is
// told: an unknown name with the nearest right ones, a value with its bounds. Checks the values against each other; opens nothing
// but those files.
Result<Config> read_config(const std::string& path, const std::vector<std::pair<std::string, std::string>>& environment);
Result<Config> parse_config(const std::string& name, std::string text, const std::vector<std::pair<std::string, std::string>>& environment);
Status check_config(const Config& config);  // again, after --data or --listen changed it

// One setting of a configuration, by its name in the file ("limits.body_bytes").
struct Setting {
  std::string name;
  std::variant<std::string*, std::vector<std::string>*, Duration*, std::uint64_t*, bool*> to;
  std::uint64_t least = 0, most = UINT64_MAX;  // of numbers; of durations in seconds
  std::string value() const;                   // as the file would give it
};
std::vector<Setting> settings_of(Config& config);

// "127.0.0.1:8080", "[::1]:8080", ":8080" (all addresses).
struct Address {
  std::string host;
  std::uint16_t port = 0;
};
Result<Address> parse_address(std::string_view text);

}  // namespace lw::server
