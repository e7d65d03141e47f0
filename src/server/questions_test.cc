// Whoever asks about an event is told all that was decided because of it, or to look where all of it stands.
#include "server/questions.h"

#include <gtest/gtest.h>

namespace lw::server {
namespace {

class Asked : public testing::Test {
 protected:
  std::uint64_t ask(const std::string& who, const std::string& name = "/platforms/alpha#e") {
    return questions.ask(name, [this, who](const Questions::Heard& heard) {
      std::string what = heard.late ? "late" : heard.repeated ? "look" : "";
      for (const std::string& decision : heard.decisions) what += decision;
      told += who + ":" + what + " ";
    });
  }
  void decided(const std::string& record) { questions.decided("/platforms/alpha#e", record); }
  void judged(std::uint64_t number) { questions.judged("/platforms/alpha", "e", number); }
  void repeated() { questions.repeated("/platforms/alpha", "e"); }

  std::uint64_t accepted = 5;
  Questions questions{[this] { return accepted; }};
  std::string told;
};

TEST_F(Asked, WhatWasDecidedOfTheEventHandedIn) {
  ask("a");
  ask("other", "/platforms/alpha#f");
  accepted = 6;
  decided("1");
  decided("2");
  EXPECT_EQ(told, "");
  judged(6);
  EXPECT_EQ(told, "a:12 ");
  judged(6);
  EXPECT_EQ(told, "a:12 ") << "once";
}

TEST_F(Asked, OfWhatWasHalfJudgedTheDeskTells) {
  accepted = 6;
  decided("1");  // of the sixth, before anybody asked
  ask("a");
  decided("2");
  judged(6);
  EXPECT_EQ(told, "");
  questions.settled(5);
  EXPECT_EQ(told, "");
  questions.settled(6);
  EXPECT_EQ(told, "a:look ");
}

TEST_F(Asked, ARepeatWaitsUntilTheDeskHasTheFirst) {
  ask("a");
  accepted = 6;
  ask("b");
  repeated();  // b's, before the first is judged
  EXPECT_EQ(told, "");
  decided("1");
  judged(6);
  EXPECT_EQ(told, "a:1 ") << "its own event was the first";
  questions.settled(6);
  EXPECT_EQ(told, "a:1 b:look ");
  ask("c");
  repeated();
  EXPECT_EQ(told, "a:1 b:look c:look ") << "the desk has it long since";
}

TEST_F(Asked, OneForgottenLeavesTheOthers) {
  const auto a = ask("a");
  ask("b");
  questions.forget(a);
  judged(6);
  EXPECT_EQ(told, "b: ");
}

TEST_F(Asked, WhoWaitsTooLongIsTold) {
  ask("a");
  questions.expire(std::chrono::steady_clock::now() - std::chrono::hours(1));
  EXPECT_EQ(told, "");
  questions.expire(std::chrono::steady_clock::now());
  EXPECT_EQ(told, "a:late ");
}

}  // namespace
}  // namespace lw::server
