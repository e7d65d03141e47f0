// Events on their way out: what a part of the simulation has drawn, in any order of time, as finished JSON `data` in
// one arena. A draft costs 40 bytes and its data; the envelope is written when the event leaves.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/identity.h"

namespace lw::simulate {

// The event types the simulator writes, as the wire contract names them.
enum class Type : std::uint8_t {
  kPlatformRegistered, kAccountRegistered, kAccountVerified, kHostQualified, kMerchantRegistered, kLicenceFiled,
  kProductSubmitted, kBrandAuthorised, kTrainingCompleted, kEndorsementContracted,
  kSessionScheduled, kRosterFiled, kPreflightSigned, kSessionStarted, kSessionEnded, kViewerJoined, kViewerLeft,
  kAudienceReported, kChatPosted, kLikeSent, kFollowAdded, kGiftSent, kGiftRefunded, kRechargeMade, kPayoutMade,
  kNoticeSent, kPkStarted, kPkEnded, kProductListed, kPriceChanged, kInventoryReported, kSpeechTranscribed,
  kScreenRecognised, kFrameDetected, kRoomDescribed, kLotteryConfigured, kLotteryDrawn, kModeratorsReported,
  kOrderPlaced, kOrderPaid, kOrderCancelled, kOrderRefunded, kOrderShipped, kOrderDelivered, kReturnRequested,
  kReturnDecided, kReviewPosted, kFilingMade, kRecordStored, kPageCaptured,
  kCount
};
std::string_view type_name(Type type);

class Recorder;

// One `data` object being written; closes it when it goes out of scope. Only one may be open in a recorder.
class Data {
 public:
  explicit Data(Recorder& recorder) : recorder_(recorder) {}
  Data(const Data&) = delete;
  Data& operator=(const Data&) = delete;
  ~Data();

  Data& text(std::string_view key, std::string_view value);   // escaped
  Data& plain(std::string_view key, std::string_view value);  // known to need no escape: our own ids and words
  Data& number(std::string_view key, std::int64_t value);
  Data& boolean(std::string_view key, bool value);
  Data& decimal(std::string_view key, std::int64_t thousandths);  // 950 → 0.95; for confidences and rates
  Data& time(std::string_view key, std::int64_t ms);
  Data& list(std::string_view key, const std::vector<std::string>& values);
  Data& raw(std::string_view key, std::string_view json);
  Data& account(std::uint64_t number);
  Data& hash(std::string_view key, std::uint64_t value);
  Data& actor(const Account& who);  // account, device, ip

 private:
  std::string& key(std::string_view key);
  Recorder& recorder_;
};

struct Draft {
  std::int64_t ms = 0;     // since the epoch
  std::int64_t value = 0;  // what the counting pass adds up: likes, fen
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  std::uint32_t sequence = 0;  // in the order drawn; becomes part of the id
  Type type = Type::kCount;
};

class Recorder {
 public:
  // Data for an event at `ms`. `value` is what the counting pass adds up (see Draft).
  Data add(std::int64_t ms, Type type, std::int64_t value = 0);
  // An event whose data comes later, by fill(), when the counts at that moment are known.
  void reserve(std::int64_t ms, Type type) { begin(ms, type, 0); }
  Data fill(std::size_t index);
  std::uint32_t next_sequence() const { return static_cast<std::uint32_t>(drafts_.size()); }
  std::int64_t last_ms() const { return last_ms_; }

  // By (time, sequence).
  void sort();
  const std::vector<Draft>& drafts() const { return drafts_; }
  std::string_view data_of(const Draft& draft) const { return std::string_view(arena_).substr(draft.offset, draft.length); }

 private:
  friend class Data;
  void begin(std::int64_t ms, Type type, std::int64_t value);
  std::vector<Draft> drafts_;
  std::string arena_;
  std::size_t open_ = 0;
  std::int64_t last_ms_ = 0;
};

// RFC 3339 at +08:00 with milliseconds; the date of the last call is kept.
class Clock {
 public:
  void append(std::string& out, std::int64_t ms);

 private:
  std::int64_t second_ = -1;
  std::string prefix_;
};

void append_json_escaped(std::string& out, std::string_view text);

}  // namespace lw::simulate
