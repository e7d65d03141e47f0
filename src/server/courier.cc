#include "server/courier.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <utility>

#include "desk/secrets.h"
#include "server/post.h"

namespace lw::server {
namespace {

constexpr std::chrono::milliseconds kLookEvery{1000};
constexpr std::size_t kAtOnce = 64;      // interventions of a platform
constexpr std::size_t kOfAPlatform = 2;  // senders
constexpr Duration kFirstRest{5 * kSecond}, kLongestRest{5 * kMinute};
constexpr std::size_t kMostHalfTaken = 10'000;  // beyond them, all are forgotten: hooks are sent some again, and know them

}  // namespace

std::string webhook_signature(std::string_view secret, std::string_view id, std::string_view timestamp, std::string_view body) {
  const auto raw = [](std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> hash;
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, raw(secret), secret.size());
  for (const std::string_view part : {id, std::string_view("."), timestamp, std::string_view("."), body}) crypto_auth_hmacsha256_update(&state, raw(part), part.size());
  crypto_auth_hmacsha256_final(&state, hash.data());
  return "v1," + desk::to_base64({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

void Courier::start() {
  thread_ = std::thread([this] { work(); });
  for (std::size_t i = 0; i < options_.senders; ++i) senders_.emplace_back([this] { send(); });
}

void Courier::stop() {
  bell_.end();
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    filled_.notify_all();
  }
  giving_up_.request_stop();
  if (thread_.joinable()) thread_.join();
  for (std::thread& sender : senders_) sender.join();
  senders_.clear();
}

void Courier::work() {
  do {
    const Status looked = look();
    if (!looked && !std::exchange(in_trouble_, true)) options_.note(fmt::format("interventions cannot be looked up: {}; it is tried again", looked.error().message));
    if (looked) in_trouble_ = false;
  } while (bell_.wait(kLookEvery) != Bell::Woke::kEnded);
}

bool Courier::rests(const desk::Hook& hook, Time now) const {
  const auto rest = rests_.find(hook.id);
  return rest != rests_.end() && now < rest->second.until;
}

// Fills the queues that are empty and that nobody works at: what is there is `asked` then, and in nobody's hands.
Status Courier::look() {
  const Time now = options_.clock();
  std::set<std::string> busy;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, platform] : platforms_) {
      if (!platform.queue.empty() || platform.under_way > 0) busy.insert(name);
    }
  }
  std::map<std::string, std::vector<desk::Hook>> hooks;
  std::map<std::string, std::vector<desk::Due>> due;
  const Status read = options_.db->read([&](store::Session& session) -> Status {
    hooks.clear();
    due.clear();
    for (desk::Hook& hook : desk::all_hooks(session)) hooks[hook.platform].push_back(std::move(hook));
    for (const auto& [name, ignored] : hooks) {
      if (!busy.contains(name)) due[name] = desk::due_interventions(session, name, now, kAtOnce);
    }
    return {};
  });
  if (!read) return read;
  const std::lock_guard lock(mutex_);
  for (auto& [name, platform] : platforms_) {
    platform.hooks.clear();
    if (!hooks.contains(name)) platform.queue.clear();
  }
  for (auto& [name, of] : hooks) platforms_[name].hooks = std::move(of);
  for (auto& [name, of] : due) platforms_[name].queue.assign(std::make_move_iterator(of.begin()), std::make_move_iterator(of.end()));
  if (taken_by_.size() > kMostHalfTaken) taken_by_.clear();
  filled_.notify_all();
  return {};
}

// The next intervention of the platform whose turn it is, if it has a hook that does not rest. With the lock.
bool Courier::pick(Job& job) {
  const Time now = options_.clock();
  auto at = platforms_.upper_bound(last_);
  for (std::size_t i = 0; i < platforms_.size(); ++i, ++at) {
    if (at == platforms_.end()) at = platforms_.begin();
    auto& [name, platform] = *at;
    if (platform.queue.empty() || platform.under_way >= kOfAPlatform) continue;
    if (std::ranges::all_of(platform.hooks, [&](const desk::Hook& hook) { return rests(hook, now); })) continue;
    last_ = name;
    ++platform.under_way;
    job = {std::move(platform.queue.front()), {}, false};
    platform.queue.pop_front();
    const auto taken = taken_by_.find(job.due.id);
    for (const desk::Hook& hook : platform.hooks) {
      if (taken != taken_by_.end() && taken->second.contains(hook.id)) continue;
      if (rests(hook, now)) job.others = true;
      else job.hooks.push_back(hook);
    }
    return true;
  }
  return false;
}

void Courier::send() {
  std::unique_lock lock(mutex_);
  for (;;) {
    Job job;
    filled_.wait(lock, [&] { return over_ || pick(job); });
    if (over_) return;
    lock.unlock();
    const Status kept = deliver(job);
    lock.lock();
    if (!kept && !std::exchange(unkept_, true)) options_.note(fmt::format("what became of interventions cannot be kept: {}; it is tried again", kept.error().message));
    if (kept) unkept_ = false;
    Platform& platform = platforms_[job.due.platform];
    // More at once, if there is more; not where the store has to come round first.
    if (--platform.under_way == 0 && platform.queue.empty() && kept) bell_.ring();
  }
}

Result<int> Courier::post_to(const desk::Hook& hook, const desk::Due& due) const {
  const auto secret = options_.key->secret(hook.secret);
  if (!secret) return tl::make_unexpected(secret.error());
  const std::string timestamp = std::to_string(options_.clock().ns / kSecond);
  Posting posting;
  posting.url = hook.url;
  posting.body = due.record;
  posting.content_type = "application/cloudevents+json";
  posting.headers = {{"webhook-id", due.id}, {"webhook-timestamp", timestamp}, {"webhook-signature", webhook_signature(*secret, due.id, timestamp, due.record)}};
  posting.patience = options_.patience;
  posting.private_addresses = options_.private_addresses;
  posting.stop = giving_up_.get_token();
  const auto answer = post(posting);
  if (answer && (*answer < 200 || *answer > 299)) return fail("answers with {}", *answer);
  return answer;
}

Status Courier::deliver(const Job& job) {
  std::vector<std::uint64_t> failed;
  std::vector<desk::Hook> recovered;
  for (const desk::Hook& hook : job.hooks) {
    const auto answer = post_to(hook, job.due);
    const Time now = options_.clock();
    const std::lock_guard lock(mutex_);
    if (over_ && !answer) return {};
    if (answer) {
      taken_by_[job.due.id].insert(hook.id);
      if (rests_.erase(hook.id) > 0 || hook.failing) recovered.push_back(hook);
      continue;
    }
    failed.push_back(hook.id);
    Rest& rest = rests_[hook.id];
    if (now < rest.until) continue;  // begun before the other one failed
    if (rest.failures == 0 && !hook.failing) options_.note(fmt::format("hook {} of {} fails: {}", hook.id, hook.platform, answer.error().message));
    const Duration time{std::min(kFirstRest.ns << std::min(rest.failures, 16), kLongestRest.ns)};
    ++rest.failures;
    rest.until = now + time;
  }
  const bool sent = failed.empty() && !job.others;
  const Status kept = options_.db->write([&](store::Session& session) -> Status {
    const Time now = options_.clock();
    for (const desk::Hook& hook : recovered) desk::hook_recovered(session, hook, now);
    for (const std::uint64_t hook : failed) desk::hook_failed(session, hook, now);
    sent ? desk::intervention_sent(session, job.due.id, now) : desk::intervention_failed(session, job.due.id, now);
    return {};
  });
  const std::lock_guard lock(mutex_);
  for (const desk::Hook& hook : recovered) options_.note(fmt::format("hook {} of {} works again", hook.id, hook.platform));
  if (sent && kept) taken_by_.erase(job.due.id);
  return kept;
}

}  // namespace lw::server
