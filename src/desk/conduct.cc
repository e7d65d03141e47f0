#include "desk/conduct.h"

#include <algorithm>
#include <array>

#include "desk/credit.h"
#include "desk/fields.h"
#include "desk/records.h"
#include "event/attributes.h"

namespace lw::desk {
namespace {

constexpr std::array<std::string_view, 8> kTypes{"live.account.registered", "live.merchant.registered", "live.session.scheduled", "live.session.started",
                                           "live.session.ended",      "live.page.captured",       "live.return.requested",  "live.order.refunded"};
constexpr std::string_view kPromptRefunds = "prompt-refunds";

bool is_true(const Json& in, std::string_view field) { return part_of(in, field) == true; }

void ask_refund(store::Session& session, const pack::DeskPolicy& policy, const std::string& platform, const std::string& order, const std::string& merchant, Time at, Time now) {
  const pack::Conduct* good = policy.good_conduct(kPromptRefunds, now);
  if (!good || !good->within) return;
  session.run("DELETE FROM refund_ask WHERE at < :since", millis(policy.before(now, good->within)));
  session.run("INSERT INTO refund_ask (platform, id, merchant, at) VALUES (:platform, :id, :merchant, :at) ON CONFLICT (platform, id) DO NOTHING", platform, order, merchant,
              millis(at));
}

void refund(store::Session& session, const pack::DeskPolicy& policy, const std::string& platform, const std::string& order, const std::string& named, Time at, Time now) {
  const store::Rows asked = session.rows("SELECT merchant, at FROM refund_ask WHERE platform = :platform AND id = :id", platform, order);
  if (asked.empty()) return;
  session.run("DELETE FROM refund_ask WHERE platform = :platform AND id = :id", platform, order);
  const std::string& merchant = named.empty() ? asked[0].text(0) : named;
  const pack::Conduct* good = policy.good_conduct(kPromptRefunds, now);
  if (merchant.empty() || !good) return;
  const CreditAccount account{platform, "merchant", merchant};
  if (at < policy.after(time_of(asked[0].number(1)), good->prompt)) count_good(session, policy, account, kPromptRefunds, "order/" + order, now);
  else end_row(session, account, kPromptRefunds);
}

}  // namespace

bool tells_of_conduct(std::string_view type) { return std::ranges::find(kTypes, type) != kTypes.end(); }

void notice(store::Session& session, const pack::DeskPolicy& policy, const Json& event, Time now) {
  const std::string type = text_of(event, "type"), source = text_of(event, "source");
  std::string platform = text_of(part_of(event, "data"), "platform");
  if (platform.empty()) platform = event::platform_of(source);
  if (!tells_of_conduct(type) || platform.empty()) return;
  const Json& data = part_of(event, "data");
  const auto each = [&](std::initializer_list<std::string_view> kinds, const auto& what) {
    for (const std::string_view kind : kinds) {
      if (const std::string id = text_of(data, kind); !id.empty()) what(CreditAccount{platform, std::string(kind), id});
    }
  };
  const auto open = [&](const CreditAccount& account) { open_credit(session, policy, account, now); };
  each({"host", "operator", "mcn", "merchant"}, open);
  if (type == "live.account.registered") {
    const std::string role = text_of(data, "role"), account = text_of(data, "account");
    if (!account.empty()) open({platform, role, account});  // of a role without credit nothing is opened
  } else if (type == "live.session.ended") {
    const std::string broadcast = text_of(data, "session");
    if (broadcast.empty()) return;
    const auto found = session.rows("SELECT 1 FROM decision WHERE platform = :platform AND session = :session AND mode = 'enforce' AND severity <> 'info' LIMIT 1", platform, broadcast);
    if (!found.empty()) return;
    each({"host", "operator"}, [&](const CreditAccount& account) { count_good(session, policy, account, "clean-broadcasts", "session/" + broadcast, now); });
  } else if (type == "live.return.requested" || type == "live.order.refunded") {
    const std::string order = text_of(data, "order");
    const auto at = parse_rfc3339(text_of(event, "time"));
    if (order.empty() || !at) return;
    (type == "live.return.requested" ? ask_refund : refund)(session, policy, platform, order, text_of(data, "merchant"), *at, now);
  } else if (type == "live.page.captured" && is_true(data, "shows_operator") && is_true(data, "shows_seller")) {
    const std::string cause = "page/" + text_of(data, "room") + "/" + text_of(event, "time").substr(0, 10);
    each({"operator"}, [&](const CreditAccount& account) { count_good(session, policy, account, "honest-disclosure", cause, now); });
  }
}

}  // namespace lw::desk
