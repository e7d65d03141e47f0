// The configuration: what is read, what is refused, and that docs/operations.md has every setting.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "server/config.h"

namespace lw::server {
namespace {

using Environment = std::vector<std::pair<std::string, std::string>>;

TEST(Config, ReadsAFile) {
  const auto config = parse_config("livewarden.yaml", R"(
data: /srv/lw
listen: ["127.0.0.1:8080", "[::1]:8081"]
store: postgresql://lw@db:5432/lw
tls: {certificate: /etc/lw/cert.pem, key: /etc/lw/key.pem}
packs: /srv/packs/own     # one is a list too
proxies: [10.0.0.1]
lateness: 5s
log: {level: debug}
limits:
  body_bytes: 65536
  idle: 2m
)",
                                   {});
  ASSERT_TRUE(config) << config.error().to_string();
  EXPECT_EQ(config->data, "/srv/lw");
  EXPECT_EQ(config->listen, (std::vector<std::string>{"127.0.0.1:8080", "[::1]:8081"}));
  EXPECT_EQ(config->packs, std::vector<std::string>{"/srv/packs/own"});
  EXPECT_TRUE(config->secure());
  EXPECT_EQ(config->lateness.ns, 5 * kSecond);
  EXPECT_EQ(config->log.level, "debug");
  EXPECT_EQ(config->log.format, "json");
  EXPECT_EQ(config->limits.body_bytes, 65536u);
  EXPECT_EQ(config->limits.idle.ns, 2 * kMinute);
}

TEST(Config, KnowsWhetherItIsReachedOverTls) {
  const auto secure = [](const char* text) { return parse_config("c.yaml", text, {}).value().secure(); };
  EXPECT_TRUE(secure("tls: {certificate: a, key: b}\n"));
  EXPECT_TRUE(secure("public_url: https://live.example.org\n")) << "a proxy speaks it";
  EXPECT_FALSE(parse_config("c.yaml", "public_url: https://live.example.org\n", {}).value().speaks_tls());
  EXPECT_FALSE(secure("public_url: http://live.example.org\n"));
  EXPECT_FALSE(secure(""));
}

TEST(Config, NeedsNoFile) {
  const auto config = read_config("", {});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->listen, std::vector<std::string>{"127.0.0.1:8080"});
  EXPECT_TRUE(parse_config("empty.yaml", "\n", {}));
  EXPECT_TRUE(parse_config("empty.yaml", "# nothing\n", {}));
  EXPECT_TRUE(parse_config("empty.yaml", "limits:\n", {}));
  EXPECT_FALSE(read_config("/nowhere/livewarden.yaml", {}));
}

TEST(Config, TakesTheEnvironment) {
  const auto config = parse_config("c.yaml", "data: /a\nlimits: {body_bytes: 4096}\n",
                                   {{"PATH", "/bin"}, {"LIVEWARDEN_DATA", "/b"}, {"LIVEWARDEN_LIMITS_BODY_BYTES", "8192"}, {"LIVEWARDEN_LISTEN", ":80, :443"}});
  ASSERT_TRUE(config) << config.error().to_string();
  EXPECT_EQ(config->data, "/b");
  EXPECT_EQ(config->limits.body_bytes, 8192u);
  EXPECT_EQ(config->listen, (std::vector<std::string>{":80", ":443"}));
}

TEST(Config, ReadsSecretsFromFiles) {
  const std::string path = std::filesystem::temp_directory_path() / ("lw-secret-" + std::to_string(::getpid()));
  std::ofstream(path) << "postgresql://lw:secret@db/lw\r\nmore\n";
  for (const auto& config : {parse_config("c.yaml", "store_file: " + path + "\n", {}), parse_config("", "", {{"LIVEWARDEN_STORE_FILE", path}})}) {
    ASSERT_TRUE(config) << config.error().to_string();
    EXPECT_EQ(config->store, "postgresql://lw:secret@db/lw");
  }
  std::filesystem::remove(path);
  const auto gone = parse_config("c.yaml", "store_file: " + path + "\n", {});
  ASSERT_FALSE(gone);
  EXPECT_NE(gone.error().message.find("cannot be read"), std::string::npos);
}

TEST(Config, TellsWhatIsWrongAndWhere) {
  struct Wrong {
    std::string text;
    Environment environment;
    std::string message;
    std::uint32_t line = 0;
  };
  const std::vector<Wrong> all = {
      {"data: x\nlisten_on: y\n", {}, "no setting 'listen_on'; did you mean 'listen'?", 2},
      {"limits: {body_byte: 1}\n", {}, "did you mean 'limits.body_bytes'", 1},
      {"limits:\n  body_bytes: 10\n", {}, "from 1024 to 67108864, not '10'", 2},
      {"limits:\n  body_bytes: lots\n", {}, "must be a whole number", 2},
      {"limits:\n  idle: 0s\n", {}, "from 1s to 1h", 2},
      {"limits:\n  event_bytes: 1048577\n", {}, "from 1024 to 1048576", 2},
      {"limits: 17\n", {}, "limits has settings of its own", 1},
      {"data: [a, b]\n", {}, "data has one value", 1},
      {"data: a\ndata: b\n", {}, "twice", 2},
      {"listen: [{a: b}]\n", {}, "a list of texts", 1},
      {"pseudonyms: {off: perhaps}\n", {}, "true or false", 1},
      {"- data\n", {}, "`name: value`", 1},
      {"data: [\n", {}, "not YAML", 0},
      {"workers_file: x\n", {}, "no setting 'workers_file'", 1},
      {"listen: localhost\n", {}, "'localhost' is no address"},
      {"listen: 'localhost:80'\n", {}, "is no address"},
      {"listen: '127.0.0.1:99999'\n", {}, "is no address"},
      {"listen: []\n", {}, "names no address"},
      {"proxies: [proxy.example]\n", {}, "no IP address"},
      {"tls: {certificate: a}\n", {}, "certificate and key, or neither"},
      {"store: mysql://x\n", {}, "store must be"},
      {"public_url: live.example.org\n", {}, "must begin with https://"},
      {"kafka: {in: 'http://x'}\n", {}, "kafka.in"},
      {"log: {level: loud}\n", {}, "log.level must be one of"},
      {"log: {format: xml}\n", {}, "log.format"},
      {"evidence: {origin: 'a b'}\n", {}, "evidence.origin"},
      {"", {{"LIVEWARDEN_LISTENS", "x"}}, "LIVEWARDEN_LISTENS names no setting; did you mean 'LIVEWARDEN_LISTEN'"},
      {"", {{"LIVEWARDEN_WORKERS", "0"}}, "LIVEWARDEN_WORKERS: workers must be"},
  };
  for (const Wrong& one : all) {
    const auto config = parse_config("c.yaml", one.text, one.environment);
    ASSERT_FALSE(config) << one.text;
    EXPECT_NE(config.error().message.find(one.message), std::string::npos) << one.text << ": " << config.error().message;
    if (one.line != 0) {
      EXPECT_EQ(config.error().place.line, one.line) << one.text;
    }
  }
}

TEST(Config, IsInTheDocumentation) {
  std::ifstream in(std::string(LW_SOURCE_DIR) + "/docs/operations.md");
  std::ostringstream text;
  text << in.rdbuf();
  Config config;
  for (const Setting& setting : settings_of(config)) {
    const std::string value = setting.value();
    const std::string row = "| `" + setting.name + "` | " + (value.empty() ? "" : "`" + value + "`") + " |";
    EXPECT_NE(text.str().find(row), std::string::npos) << "docs/operations.md lacks: " << row;
  }
}

}  // namespace
}  // namespace lw::server
