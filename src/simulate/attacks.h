// The dishonest campaigns and the honest events that look like them. Each attack writes its events into a room and a
// truth line for every violation it commits; each spike writes a line to the list of spikes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "simulate/random.h"

namespace lw::simulate {

struct Attack;
struct RoomPlan;
class Room;
class Texts;

struct AttackKind {
  std::string_view name;
  std::vector<std::string_view> shapes;  // for words: the media, each followed by "-<evasion>"
  bool has_strength;
  bool worded;
  void (*prepare)(RoomPlan&, const Attack&, const Texts&, Rng&);  // changes the papers before the broadcast; may be null
  void (*act)(Room&, const Attack&, Rng&);          // after the honest part of the room was drawn
};

const AttackKind* find_attack(std::string_view name);  // nullptr if unknown
std::vector<std::string_view> attack_names();
Status check_shape(const AttackKind& kind, std::string_view shape);

bool known_spike(std::string_view name);
std::vector<std::string_view> spike_names();
// How many of the room's honest viewers the spike brings itself; the rest come as on any day.
std::int64_t spike_share_percent(std::string_view name);
void act_spike(Room& room, std::string_view name, std::int64_t viewers, Rng& rng);

// attack_traffic.cc
void act_viewers(Room& room, const Attack& attack, Rng& rng);
void act_likes(Room& room, const Attack& attack, Rng& rng);
void act_follows(Room& room, const Attack& attack, Rng& rng);
// attack_chat.cc
void act_chat(Room& room, const Attack& attack, Rng& rng);
void act_spam(Room& room, const Attack& attack, Rng& rng);
void act_divert_viewer(Room& room, const Attack& attack, Rng& rng);
// attack_orders.cc
void act_brushing(Room& room, const Attack& attack, Rng& rng);
void act_reviews(Room& room, const Attack& attack, Rng& rng);
// attack_tips.cc
void act_tips(Room& room, const Attack& attack, Rng& rng);
void act_minors(Room& room, const Attack& attack, Rng& rng);
// attack_host.cc
void act_false_claim(Room& room, const Attack& attack, Rng& rng);
void act_absolute_term(Room& room, const Attack& attack, Rng& rng);
void act_medical_claim(Room& room, const Attack& attack, Rng& rng);
void act_divert_host(Room& room, const Attack& attack, Rng& rng);
void prepare_words(RoomPlan& plan, const Attack& attack, const Texts& texts, Rng& rng);
void prepare_goods(RoomPlan& plan, const Attack& attack, const Texts& texts, Rng& rng);
void act_goods(Room& room, const Attack& attack, Rng& rng);
void prepare_price(RoomPlan& plan, const Attack& attack, const Texts& texts, Rng& rng);
void act_price(Room& room, const Attack& attack, Rng& rng);
void act_inflation(Room& room, const Attack& attack, Rng& rng);
void act_pk(Room& room, const Attack& attack, Rng& rng);

}  // namespace lw::simulate
