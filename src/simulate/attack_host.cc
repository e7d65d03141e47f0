// What a host or a merchant does: words, goods, prices, figures, battles.
#include <fmt/format.h>

#include <algorithm>

#include "simulate/attacks.h"
#include "simulate/room.h"

namespace lw::simulate {
namespace {

constexpr std::int64_t kMinuteMs = 60'000, kDayMs = 86'400'000;

std::string_view medium_of(const Attack& attack) { return std::string_view(attack.shape).substr(0, attack.shape.find('-')); }
Evasion evasion_of(const Attack& attack) { return *parse_evasion(attack.shape.substr(attack.shape.find('-') + 1)); }

std::string list_of(std::string_view kind) {
  std::string list(kind);
  std::replace(list.begin(), list.end(), '-', '_');
  return list;
}

// Says or shows lines of the list a few times during the broadcast.
void utter(Room& room, const Attack& attack, std::string_view list, Rng& rng) {
  const std::int64_t times = rng.range(3, 7);
  for (std::int64_t i = 0; i < times; ++i) {
    const Product& product = room.plan().products[room.draw_product(rng)];
    const std::pair<std::string_view, std::string_view> arguments[] = {{"product", product.title}};
    const std::int64_t at = room.moment(rng, 0.05, 0.93);
    const std::string text = room.texts().compose(list, rng, arguments, evasion_of(attack));
    if (medium_of(attack) == "screen") room.screen(at, text, rng);
    else room.speech(at, text, rng);
  }
}

void act_words(Room& room, const Attack& attack, std::string_view violation, Rng& rng) {
  if (medium_of(attack) == "title") {
    // The card was written before the broadcast; what is on it goes up again in the middle of it.
    const Product& product = room.plan().products.front();
    room.out().add(room.moment(rng, 0.4, 0.6), Type::kProductListed).plain("room", room.plan().room)
        .plain("session", room.plan().session).plain("product", product.id).plain("merchant", room.plan().merchant)
        .plain("category", room.plan().spec.category).number("amount", product.price).text("text", product.card);
  } else {
    utter(room, attack, list_of(attack.kind), rng);
  }
  room.truth(violation, "room", room.plan().room, attack);
}

}  // namespace

// The card of the first product is the operator's own text; the title filed with the product stays clean.
void prepare_words(RoomPlan& plan, const Attack& attack, const Texts& texts, Rng& rng) {
  if (medium_of(attack) != "title") return;
  Product& product = plan.products.front();
  const std::pair<std::string_view, std::string_view> arguments[] = {{"product", product.title}};
  product.card = texts.compose(list_of(attack.kind), rng, arguments, evasion_of(attack));
}

void act_false_claim(Room& room, const Attack& attack, Rng& rng) { act_words(room, attack, "false-claim", rng); }
void act_absolute_term(Room& room, const Attack& attack, Rng& rng) { act_words(room, attack, "absolute-term", rng); }
void act_medical_claim(Room& room, const Attack& attack, Rng& rng) { act_words(room, attack, "medical-claim", rng); }

void act_divert_host(Room& room, const Attack& attack, Rng& rng) {
  const std::string_view medium = medium_of(attack);
  if (medium == "qr") {
    const std::int64_t times = rng.range(3, 6);
    for (std::int64_t i = 0; i < times; ++i) {
      const std::int64_t at = room.moment(rng, 0.05, 0.9);
      room.out().add(at, Type::kFrameDetected).plain("room", room.plan().room).plain("session", room.plan().session)
          .raw("labels", fmt::format(R"([{{"label":"qr-code","score":0.{}}},{{"label":"person","score":0.98}}])", rng.range(900, 995)))
          .number("frame_ms", at - room.start()).decimal("confidence", rng.range(900, 995));
      room.screen(at + 200, room.texts().compose("divert_qr_screen", rng, {}, evasion_of(attack)), rng);
    }
  } else {
    utter(room, attack, medium == "speech" ? "divert_host_speech" : "divert_host_screen", rng);
  }
  room.truth("off-platform-diversion", "room", room.plan().room, attack);
}

void prepare_goods(RoomPlan& plan, const Attack& attack, const Texts&, Rng&) {
  Product& product = plan.products.front();
  const bool nothing = attack.shape == "nothing";
  if (nothing || attack.shape == "no-manufacturer") product.manufacturer = false;
  if (nothing || attack.shape == "no-address") product.address = false;
  if (nothing || attack.shape == "no-certificate") product.certificate = false;
  if (nothing || attack.shape == "no-dates") product.dates = false;
}

void act_goods(Room& room, const Attack& attack, Rng&) {
  room.truth("substandard-goods", "product", room.plan().products.front().id, attack);
}

void prepare_price(RoomPlan& plan, const Attack& attack, const Texts&, Rng& rng) {
  Product& product = plan.products.front();
  if (attack.shape == "fictitious-original") {
    // Sold at today's price all the week; the struck-through one was never asked.
    product.earlier_deal = product.price;
    product.original = product.price * rng.range(150, 400) / 100;
  } else if (attack.shape == "settlement") {
    product.charged = product.price * rng.range(110, 140) / 100;
  }
}

void act_price(Room& room, const Attack& attack, Rng& rng) {
  if (attack.shape == "fictitious-original" || attack.shape == "settlement") {
    room.truth("price-fraud", "product", room.plan().products.front().id, attack);
    return;
  }
  const std::string_view list = attack.shape == "scarcity" ? "false_scarcity" : "lowest_price";
  const std::int64_t times = rng.range(3, 6);
  for (std::int64_t i = 0; i < times; ++i) {
    const std::pair<std::string_view, std::string_view> arguments[] = {{"product", room.plan().products.front().title}};
    const std::int64_t at = room.moment(rng, 0.1, 0.9);
    room.speech(at, room.texts().compose(list, rng, arguments), rng);
  }
  room.truth("price-fraud", "room", room.plan().room, attack);
  if (attack.shape == "lowest") room.truth("absolute-term", "room", room.plan().room, attack);
}

void act_inflation(Room& room, const Attack& attack, Rng&) {
  const double factor = 100.0 / (100.0 - attack.strength);
  Inflation& inflation = room.inflation();
  if (attack.shape == "audience") inflation.audience = factor;
  if (attack.shape == "likes") inflation.likes = factor;
  if (attack.shape == "followers") inflation.followers = factor;
  if (attack.shape == "sales") inflation.sales = factor;
  room.truth("data-inflation", "room", room.plan().room, attack);
}

// Battles in the peak hours, 20:00 to 22:00 at +08:00. over-limit: three to five of them; late: the third begins in
// the last minutes of the window.
void act_pk(Room& room, const Attack& attack, Rng& rng) {
  const std::int64_t midnight = (room.start() + 8 * 3'600'000) / kDayMs * kDayMs - 8 * 3'600'000;
  const std::int64_t peak = midnight + 20 * 3'600'000, over = peak + 2 * 3'600'000;
  const std::int64_t count = attack.shape == "late" ? 3 : rng.range(3, 5);
  for (std::int64_t i = 0; i < count; ++i) {
    const bool last = attack.shape == "late" && i + 1 == count;
    const std::int64_t at = last ? over - rng.range(20'000, 120'000) : peak + (2 * kMinuteMs) + i * 20 * kMinuteMs + rng.range(0, 9 * kMinuteMs);
    room.pk(at, at + 5 * kMinuteMs, rng);
  }
  room.truth("pk-breach", "room", room.plan().room, attack);
}

}  // namespace lw::simulate
