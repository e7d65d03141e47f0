#include "server/service.h"

#include <sodium.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "desk/cases.h"
#include "desk/credit.h"
#include "desk/edge_names.h"
#include "desk/evidence.h"
#include "desk/hooks.h"
#include "desk/interventions.h"
#include "desk/login.h"
#include "desk/people.h"
#include "desk/records.h"
#include "desk/retention.h"
#include "desk/take_in.h"
#include "desk/tokens.h"
#include "event/recording.h"
#include "pack/calendar.h"
#include "server/backup.h"
#include "server/clerk.h"
#include "server/courier.h"
#include "server/demo.h"
#include "server/engine_room.h"
#include "server/folder_pump.h"
#include "server/intake.h"
#include "server/kafka_outlet.h"
#include "server/kafka_pump.h"
#include "server/log.h"
#include "server/news.h"
#include "server/outbox.h"
#include "server/private_file.h"
#include "server/replay.h"
#include "server/routes.h"
#include "server/server.h"

namespace lw::server {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::chrono::seconds kAnswerWithin{5};  // of the engine, to a question
constexpr std::uint64_t kDecisionsAtOnce = 10'000;  // whose events are sought
constexpr std::size_t kEventsInOne = 500;            // transaction, of those found
constexpr std::string_view kFirstLogin = "first-login.json";
constexpr Duration kKeysChange{90 * kDay};        // that name people

Status make_private_folder(const std::string& folder) {
  std::error_code wrong;
  fs::create_directories(folder, wrong);
  if (wrong) return fail("{}: {}", folder, wrong.message());
  if (::chmod(folder.c_str(), S_IRWXU) != 0) return fail("{}: cannot be kept to its owner", folder);
  return {};
}

// The rules of the packs in force as whoever a decision hits may read them: title, duty, condition, basis.
desk::RuleTexts texts_of_rules(const std::shared_ptr<const pack::Plan>& plan) {
  desk::RuleTexts out;
  for (const pack::Rule& rule : plan->rules) {
    std::string text = fmt::format("{}\n{}\n{}\n{}\nwhen: {}\n", rule.title.zh, rule.title.en, rule.duty.zh, rule.duty.en, rule.when ? rule.when->text : "");
    for (const pack::Basis& basis : rule.basis) text += fmt::format("basis: {} {}\n", basis.instrument, basis.article);
    out[{rule.pack, rule.id}] = std::move(text);
  }
  return out;
}

// Who hands in for all: files and topics are given by whoever runs the service.
const desk::Actor& everybody() {
  static const desk::Actor actor{"livewarden", "livewarden", desk::Role::kNone, {}, 0};
  return actor;
}

// What stands for the address that a report came from.
std::string keyed_name(const std::string& key, const std::string& text) {
  unsigned char hash[16];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(text.data()), text.size(), reinterpret_cast<const unsigned char*>(key.data()), key.size());
  char hex[2 * sizeof hash + 1];
  return sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
}

// What the desk says of itself, as a clerk's task wants it.
template <class T>
Status status_of(const desk::Answer<T>& answer) {
  return answer ? Status{} : fail("{}", answer.error().message);
}

}  // namespace

struct Service::Impl {
  explicit Impl(Options given) : options(std::move(given)), config(options.config) {}
  ~Impl();

  Status open();
  Status open_names();
  Status open_engine(runtime::Lineup lineup);
  Status open_http();
  Status open_ways();  // in and out beside HTTP
  Status first_login();
  Result<Backup> make_backup(const std::string& folder);
  std::vector<Task> tasks();
  Status keep_events();
  Status run();
  void end();  // in the order in which events pass
  void ring() {
    clerk->ring();
    courier->ring();
    news->ring();
    for (const auto& outlet : outlets) outlet->ring();
  }

  std::string in_data(std::string_view name) const { return config.data + "/" + std::string(name); }
  void note(const std::string& text) { log::warning("service.note", {{"text", text}}); }

  Options options;
  const Config& config;
  std::unique_ptr<store::Database> db;
  std::unique_ptr<desk::EdgeNames> names;   // null: ids pass as they are
  std::optional<desk::FirstAdministrator> first;  // of this start; nobody has logged in by it yet
  std::optional<desk::HookKey> hook_key;
  std::optional<desk::Evidence> evidence;
  std::unique_ptr<EngineRoom> engine;
  std::optional<Ingest> ingest;
  std::unique_ptr<Intake> intake;
  std::unique_ptr<Outbox> outbox;
  std::unique_ptr<Courier> courier;
  std::unique_ptr<FolderPump> folder_pump;
  std::unique_ptr<KafkaPump> kafka_pump;
  std::unique_ptr<Replay> replay;  // null but for a first look
  std::vector<std::unique_ptr<KafkaOutlet>> outlets;
  std::unique_ptr<News> news;
  std::unique_ptr<Clerk> clerk, sweeper;
  std::unique_ptr<Document> document;
  Metrics metrics;
  Broadcast broadcast;
  std::unique_ptr<Server> server;

  std::mutex mutex;
  std::optional<Error> broken;  // the engine stands still
  bool ended = false;
  std::atomic<bool> ending = false;
};

Service::Impl::~Impl() { end(); }

Status Service::Impl::open() {
  if (::sodium_init() < 0) return fail("libsodium does not start");
  if (Status made = make_private_folder(config.data); !made) return made;
  if (fs::exists(in_data(kRestoring))) return fail("{}: a backup was not restored whole: empty the folder and restore it again", config.data);
  auto opened = store::Database::open(config.store.empty() ? "sqlite:" + in_data("desk.sqlite") : config.store, config.readers);
  if (!opened) return tl::make_unexpected(opened.error());
  db = std::move(*opened);
  auto lineup = options.load();
  if (!lineup) return fail("the packs are not good");
  if (Status named = open_names(); !named) return named;
  if (Status engine_opened = open_engine(std::move(*lineup)); !engine_opened) return engine_opened;
  if (Status logged = first_login(); !logged) return logged;
  if (Status opened_ways = open_ways(); !opened_ways) return opened_ways;
  return open_http();
}

Status Service::Impl::open_names() {
  if (config.pseudonyms.off) return {};
  auto opened = desk::EdgeNames::open(in_data("names"), *db, wall_clock());
  if (!opened) return tl::make_unexpected(opened.error());
  names = std::move(*opened);
  return {};
}

Status Service::Impl::open_engine(runtime::Lineup lineup) {
  EngineRoomOptions room;
  room.folder = config.data;
  room.lineup = std::move(lineup);
  room.lateness = config.lateness;
  room.db = db.get();
  room.note = [this](const std::string& text) { note(text); };
  room.taken_in = [this] { ring(); };
  room.failed = [this](const Error& error) {
    {
      const std::lock_guard lock(mutex);
      broken = error;
    }
    log::error("engine.failed", {{"reason", error.message}});
    if (server) server->stop();
  };
  auto opened = EngineRoom::open(std::move(room));
  if (!opened) return tl::make_unexpected(opened.error());
  engine = std::move(*opened);

  Hide hide;
  Settle settle;
  if (names) {
    hide = [this](std::string_view line, std::string& to) { return names->hide(line, to, wall_clock()); };
    settle = [this] { return names->settle(wall_clock()); };
  }
  ingest.emplace(engine->inlet(), [this] { return engine->plan(); }, std::move(hide), std::move(settle), [this] { return wall_clock() + config.limits.ahead; });
  intake = std::make_unique<Intake>(IntakeParts{.inlet = &engine->inlet(), .ingest = &*ingest, .questions = &engine->questions(), .db = db.get(),
                                                .policy = [this] { return engine->policy(); }, .no_room = [this] { return engine->waits_for_room(); }});
  outbox = std::make_unique<Outbox>(*db, engine->inlet(), [this] { return engine->desk_line().latest(); });

  auto key = ledger::SigningKey::read_or_make(config.evidence.key.empty() ? in_data(desk::kEvidenceKey) : config.evidence.key, config.evidence.origin);
  if (!key) return tl::make_unexpected(key.error());
  auto tree = desk::Evidence::open(*db, in_data(desk::kEvidenceFolder), *key);
  if (!tree) return tl::make_unexpected(tree.error());
  evidence.emplace(std::move(*tree));
  for (const std::string& path : evidence->repaired()) note("the evidence tree was mended: " + path);
  return {};
}

// The first administrator's password goes into a file that its owner alone can read, not into a log.
Status Service::Impl::first_login() {
  const auto made = desk::make_first_administrator(*db, wall_clock());
  if (!made) return fail("{}", made.error().message);
  const std::string path = in_data(kFirstLogin);
  if (!*made) return {};
  first = **made;
  if (Status written = write_private(path, desk::Json{{"name", first->name}, {"password", first->password}}.dump() + "\n"); !written) return written;
  log::info("first-login", {{"file", fs::absolute(path).string()}});
  return {};
}

// The events that decisions rest on become evidence while the log has them.
Status Service::Impl::keep_events() {
  desk::Unkept unkept;
  const Status asked = db->read([&](store::Session& session) -> Status {
    unkept = desk::unkept_events(session, kDecisionsAtOnce);
    return {};
  });
  if (!asked || unkept.upto == 0) return asked;
  std::vector<desk::KeptEvent> found;
  const Status sought = engine->find_events(unkept.events, [&](const std::string& name, std::string_view line) { found.push_back({name, std::string(line)}); });
  if (!sought) return sought;
  // Little by little: others wait for the store meanwhile. All are kept before that is remembered.
  Status kept;
  for (std::size_t at = 0; kept && !ending && (at == 0 || at < found.size()); at += kEventsInOne) {
    const std::size_t end = std::min(found.size(), at + kEventsInOne);
    kept = db->write([&](store::Session& session) -> Status {
      desk::keep_events(session, std::span(found).subspan(at, end - at), end == found.size() ? unkept.upto : 0, wall_clock());
      return {};
    });
  }
  return kept;
}

Result<Backup> Service::Impl::make_backup(const std::string& folder) {
  auto made = write_backup(config, engine->keeper(), folder, wall_clock());
  if (made) log::info("backup.made", {{"folder", folder}, {"files", made->files}, {"bytes", made->bytes}});
  else log::error("backup.failed", {{"folder", folder}, {"reason", made.error().message}});
  return made;
}

std::vector<Task> Service::Impl::tasks() {
  const auto in_transaction = [this](const auto& work) {
    const auto policy = engine->policy();
    return db->write([&](store::Session& session) -> Status {
      work(session, *policy, wall_clock());
      return {};
    });
  };
  return {
      {"outbox", 1s, [this] { return outbox->turn(); }, true},
      {"evidence", 1s, [this] { const auto done = evidence->pump(); return done ? Status{} : tl::make_unexpected(done.error()); }},
      {"questions", 1s, [this] { engine->questions().expire(std::chrono::steady_clock::now() - kAnswerWithin); return Status{}; }},
      {"deadlines", 10s, [in_transaction] { return in_transaction(desk::watch_deadlines); }},
      {"risk of rooms", 60s, [in_transaction] { return in_transaction(desk::cool_rooms); }},
      {"changed grades", 2s, [in_transaction] { return in_transaction([](store::Session& session, const pack::DeskPolicy& policy, Time now) { desk::apply_policy(session, policy, now); }); }},
  };
}

Status Service::Impl::open_http() {
  auto own = Document::own();
  if (!own) return tl::make_unexpected(own.error());
  document = std::move(*own);
  Office office;
  office.db = db.get();
  office.plan = [this] { return engine->plan(); };
  office.policy = [this] { return engine->policy(); };
  office.evidence = in_data(desk::kEvidenceFolder);
  office.evidence_key = config.evidence.key.empty() ? in_data(desk::kEvidenceKey) : config.evidence.key;
  office.evidence_origin = config.evidence.origin;
  office.unsealing_key = in_data("names/unsealing.json");
  office.secure = config.secure();
  office.ring = [this] { ring(); };
  office.read_events = [this](std::string_view text, const std::function<void(std::string_view)>& visit) { return engine->read_events(text, visit); };
  const auto lasting = [this](Result<std::string> name) {
    if (!name) return name;
    const Status settled = names->settle(wall_clock());
    return settled ? name : Result<std::string>(tl::make_unexpected(settled.error()));
  };
  office.known_body = [this, lasting](std::string_view body) { return names ? lasting(names->hide_body(body, wall_clock())) : Result<std::string>(body); };
  if (names) {
    office.known_id = [this, lasting](std::string_view kind, std::string_view id, bool lasts) {
      auto name = names->hide_id(kind, id, lasts, wall_clock());
      return lasts ? lasting(std::move(name)) : name;
    };
  }
  if (names) office.forget = [this](const std::string&) { names->forget(); };
  const auto reporters = private_key(in_data("reporters.key"));
  if (!reporters) return tl::make_unexpected(reporters.error());
  office.reporter = [key = *reporters](const std::string& address) { return keyed_name(key, address); };
  office.hook_key = &*hook_key;
  office.rule_texts = [this] { return texts_of_rules(engine->plan()); };
  Identify identify = [this](const Credentials& given) {
    return given.session.empty() ? desk::authenticate_token(*db, given.token, given.now) : desk::authenticate_session(*db, given.session, given.csrf, given.use, given.now);
  };
  Parts parts{*document, handlers_of(office), std::move(identify), intake.get(), intake.get(), &broadcast, &metrics, [this] {
                std::vector<std::string> waits;
                const std::lock_guard lock(mutex);
                if (broken) waits.push_back("the engine stands still: " + broken->message);
                if (engine->waits_for_room()) waits.push_back("room on the event log's disk, which is full");
                if (engine->desk_line().away()) waits.push_back("the desk's store, which cannot be written");
                return waits;
              }};
  auto opened = Server::open(config, std::move(parts));
  if (!opened) return tl::make_unexpected(opened.error());
  server = std::move(*opened);
  metrics.watch("livewarden_inlet_bytes", "Bytes of events that wait to be judged.", [this] { return static_cast<double>(engine->inlet().waiting_bytes()); });
  metrics.watch("livewarden_desk_waiting", "Decisions and registrations that wait to be taken in by the desk.", [this] { return static_cast<double>(engine->desk_line().waiting()); });
  metrics.watch_count("livewarden_decisions_total", "Decisions that the desk took in.", [this] { return static_cast<double>(engine->desk_line().taken_decisions()); });

  clerk = std::make_unique<Clerk>(tasks(), [this](const std::string& text) { note(text); });
  const int zone = engine->plan()->zone_minutes;
  sweeper = std::make_unique<Clerk>(
      std::vector<Task>{
          {"credit", 1min, [this] {
             const auto policy = engine->policy();
             std::size_t looked = 0;
             const Status done = db->write([&](store::Session& session) -> Status {
               looked = desk::refresh_credit(session, *policy, wall_clock());
               return {};
             });
             if (looked > 0) clerk->ring();
             return done;
           }},
          {"events of decisions", 2s, [this] { return keep_events(); }},
          {"retention", 10min, daily(*db, "retention", wall_clock, zone, [this](Time now) {
             const auto swept = desk::run_retention(*db, *engine->plan(), now);
             if (swept && names) {
               names->forget();
               if (const auto retired = names->retire(); !retired) return Status(tl::make_unexpected(retired.error()));
             }
             return status_of(swept);
           })},
          {"backup", 1s, [this] { return answer_for_backup(config.data, [this](const std::string& folder) { return make_backup(folder); }); }},
          {"calendar", 10min, daily(*db, "calendar", wall_clock, zone, [this](Time now) {
             if (const std::string ends = pack::calendar_ends(*engine->plan(), now); !ends.empty()) note(ends);
             return Status{};
           })},
          {"names", 10min, [this] { return names ? names->rotate(wall_clock(), kKeysChange) : Status{}; }},
      },
      [this](const std::string& text) { note(text); });
  news = std::make_unique<News>(*db, broadcast, [this](const std::string& text) { note(text); });
  return {};
}

Status Service::Impl::open_ways() {
  const auto tell = [this](const std::string& text) { note(text); };
  auto key = desk::HookKey::open(in_data("hooks.key"));
  if (!key) return tl::make_unexpected(key.error());
  hook_key.emplace(std::move(*key));
  courier = std::make_unique<Courier>(Courier::Options{.db = db.get(), .key = &*hook_key, .clock = wall_clock, .note = tell,
                                                       .patience = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(config.hooks.timeout.ns)),
                                                       .private_addresses = config.hooks.private_addresses});
  folder_pump = std::make_unique<FolderPump>(FolderPump::Options{.ingest = &*ingest, .folder = config.folder.empty() ? in_data("inbox") : config.folder, .speaker = everybody(),
                                                                 .dead_letter = in_data("inbox-dead-letter.ndjson"), .note = tell});
  if (!config.kafka.in.empty()) {
    const auto address = runtime::parse_kafka_input(config.kafka.in);
    if (!address) return tl::make_unexpected(address.error());
    kafka_pump = std::make_unique<KafkaPump>(KafkaPump::Options{.ingest = &*ingest, .address = *address, .speaker = everybody(), .dead_letter = in_data("kafka-dead-letter.ndjson"), .note = tell});
  }
  for (const auto& [place, what] : {std::pair{config.kafka.out, KafkaOutlet::What::kDecisions}, {config.kafka.interventions, KafkaOutlet::What::kInterventions}}) {
    if (place.empty()) continue;
    const auto address = runtime::parse_kafka_output(place);
    if (!address) return tl::make_unexpected(address.error());
    outlets.push_back(std::make_unique<KafkaOutlet>(KafkaOutlet::Options{.db = db.get(), .what = what, .address = *address, .note = tell}));
  }
  return {};
}

Status Service::Impl::run() {
  engine->start();
  clerk->start();
  sweeper->start();
  courier->start();
  news->start();
  if (Status started = folder_pump->start(); !started) return started;
  if (kafka_pump) kafka_pump->start();
  if (replay) replay->start();
  for (const auto& outlet : outlets) outlet->start();
  for (const std::uint16_t port : server->ports()) log::info("server.listening", {{"port", port}});
  log::info("service.ready");
  Status served = server->run();
  end();
  const std::lock_guard lock(mutex);
  if (broken) return tl::make_unexpected(*broken);
  return served;
}

void Service::Impl::end() {
  ending = true;
  if (folder_pump) folder_pump->stop();
  if (kafka_pump) kafka_pump->stop();
  if (replay) replay->stop();
  if (intake) intake->stop();
  if (clerk) clerk->stop();
  if (sweeper) sweeper->stop();
  if (courier) courier->stop();
  for (const auto& outlet : outlets) outlet->stop();
  if (news) news->stop();
  if (!engine || std::exchange(ended, true)) return;
  if (Status stopped = engine->stop(); !stopped) log::error("engine.stop", {{"reason", stopped.error().message}});
  // The last of what the desk took in.
  if (evidence) {
    if (const auto pumped = evidence->pump(); !pumped) log::error("evidence.stop", {{"reason", pumped.error().message}});
  }
  evidence.reset();
}

Service::Service(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Service::~Service() = default;

Result<std::unique_ptr<Service>> Service::open(Options options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (Status opened = impl->open(); !opened) return tl::make_unexpected(opened.error());
  return std::unique_ptr<Service>(new Service(std::move(impl)));
}

Result<std::vector<DemoPerson>> Service::make_demo_people() {
  if (!impl_->first) return std::vector<DemoPerson>();
  auto people = server::make_demo_people(*impl_->db, *impl_->first, wall_clock());
  std::error_code ignored;
  if (people) fs::remove(impl_->in_data(kFirstLogin), ignored);
  return people;
}

Status Service::replay(const std::string& recording, std::size_t over) {
  auto opened = Replay::open(recording, {.ingest = &*impl_->ingest, .speaker = everybody(), .dead_letter = impl_->in_data("replay-dead-letter.ndjson"), .over = over,
                                         .clock = wall_clock, .note = [this](const std::string& text) { impl_->note(text); }});
  if (!opened) return tl::make_unexpected(opened.error());
  impl_->replay = std::move(*opened);
  return {};
}

std::vector<std::uint16_t> Service::ports() const { return impl_->server->ports(); }
Status Service::run() { return impl_->run(); }
void Service::stop() { impl_->server->stop(); }

void Service::reload() {
  auto lineup = impl_->options.load();
  if (!lineup) return log::warning("packs.refused", {{"text", "the packs in force stay as they are"}});
  impl_->engine->offer(std::move(*lineup));
  log::info("packs.read", {{"packs", impl_->engine->plan()->name}});
}

}  // namespace lw::server
