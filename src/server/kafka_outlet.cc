#include "server/kafka_outlet.h"

#include <charconv>
#include <chrono>
#include <utility>

#include "runtime/kafka_client.h"

namespace lw::server {
namespace {

namespace kafka = runtime::kafka;

constexpr std::size_t kAtOnce = 500;  // records
constexpr int kAnswerMs = 1000;
constexpr std::chrono::milliseconds kLookEvery{1000}, kPause{3000};

struct Table {
  const char *name, *select;
};
Table table_of(KafkaOutlet::What what) {
  if (what == KafkaOutlet::What::kDecisions) return {"decisions", "SELECT n, id, record FROM decision WHERE n > :n ORDER BY n LIMIT "};
  return {"interventions", "SELECT n, id, record FROM intervention WHERE n > :n ORDER BY n LIMIT "};
}

// A producer, and what became of the records that it was given.
class Producer {
 public:
  Status open(const runtime::KafkaAddress& address, std::function<void(const std::string&)> note) {
    address_ = &address;
    told_.note = std::move(note);
    told_.delivered = [this](const rd_kafka_message_t& message) {
      if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) told_.answered();
      else if (failure_.empty()) failure_ = rd_kafka_err2str(message.err);
    };
    // Records wait for a broker as long as it takes.
    auto client = kafka::make_client(kafka::Kind::kProducer, address, {{"linger.ms", "5"}, {"compression.type", "lz4"}, {"message.timeout.ms", "0"}},
                                     {{"enable.idempotence", "true"}, {"acks", "all"}}, told_);
    if (!client) return tl::make_unexpected(client.error());
    client_ = std::move(*client);
    const auto count = kafka::ask_partitions(client_.get(), address, told_, kAnswerMs);
    if (!count) return tl::make_unexpected(count.error());
    if (*count == 0) return fail("{}: there is no such topic; make it first, or correct the name", address.name());
    return {};
  }

  Status give(const std::string& key, const std::string& value) {
    rd_kafka_vu_t parts[4];
    parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    parts[0].u.cstr = address_->topic.c_str();
    parts[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[1].u.i = RD_KAFKA_MSG_F_COPY;
    parts[2].vtype = RD_KAFKA_VTYPE_KEY;
    parts[2].u.mem = {const_cast<char*>(key.data()), key.size()};
    parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[3].u.mem = {const_cast<char*>(value.data()), value.size()};
    const kafka::Owned<rd_kafka_error_t> error(rd_kafka_produceva(client_.get(), parts, std::size(parts)));
    return error ? Status(fail("{}: a record cannot be sent: {}", address_->name(), rd_kafka_error_string(error.get()))) : Status{};
  }

  // Until the brokers have all of them. Fails where they never will by themselves, or the bell ended.
  Status wait(const Bell& bell) {
    while (rd_kafka_outq_len(client_.get()) > 0) {
      rd_kafka_poll(client_.get(), kafka::kPollMs);
      if (!told_.fatal.empty()) failure_ = told_.fatal;
      if (!failure_.empty()) return fail("{}: {}", address_->name(), failure_);
      if (bell.ended()) return fail("the service ends");
    }
    rd_kafka_poll(client_.get(), 0);
    return failure_.empty() ? Status{} : Status(fail("{}: {}", address_->name(), failure_));
  }

 private:
  const runtime::KafkaAddress* address_ = nullptr;
  kafka::Told told_;
  std::string failure_;
  kafka::Owned<rd_kafka_t> client_;  // goes first: it tells the others
};

}  // namespace

void KafkaOutlet::start() {
  thread_ = std::thread([this] { work(); });
}

void KafkaOutlet::stop() {
  bell_.end();
  if (thread_.joinable()) thread_.join();
}

void KafkaOutlet::work() {
  for (;;) {
    const Status done = send();
    if (bell_.ended()) return;
    if (!done && !std::exchange(in_trouble_, true)) options_.note(fmt::format("{}; it is tried again", done.error().message));
    if (!bell_.pause(kPause)) return;
  }
}

Status KafkaOutlet::send() {
  const Table table = table_of(options_.what);
  const std::string place = fmt::format("kafka.{} {}", table.name, options_.address.name());
  Producer producer;
  if (Status opened = producer.open(options_.address, options_.note); !opened) return opened;
  std::int64_t sent = 0;
  const Status looked = options_.db->read([&](store::Session& session) -> Status {
    const store::Rows rows = session.rows("SELECT value FROM meta WHERE name = :name", place);
    if (rows.empty()) return {};
    const std::string& text = rows.front().text(0);
    const auto read = std::from_chars(text.data(), text.data() + text.size(), sent);
    return read.ec == std::errc() ? Status{} : Status(fail("{}: \"{}\" in the store is no number", place, text));
  });
  if (!looked) return looked;
  while (!bell_.ended()) {
    store::Rows rows;
    const Status read = options_.db->read([&](store::Session& session) -> Status {
      rows = session.rows(table.select + std::to_string(kAtOnce), sent);
      return {};
    });
    if (!read) return read;
    for (const store::Row& row : rows) {
      if (Status given = producer.give(row.text(1), row.text(2)); !given) return given;
    }
    if (Status arrived = producer.wait(bell_); !arrived) return arrived;
    if (std::exchange(in_trouble_, false)) options_.note(fmt::format("{}: goes on", options_.address.name()));
    if (rows.empty()) {
      bell_.wait(kLookEvery);
      continue;
    }
    sent = rows.back().number(0);
    const Status kept = options_.db->write([&](store::Session& session) -> Status {
      session.run("INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value", place, std::to_string(sent));
      return {};
    });
    if (!kept) return kept;
  }
  return {};
}

}  // namespace lw::server
