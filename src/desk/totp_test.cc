// Codes of an authenticator: those that the RFC prints, and each but once.
#include "desk/totp.h"

#include <gtest/gtest.h>

namespace lw::desk {
namespace {

// "12345678901234567890", the RFC's secret, as people type it.
constexpr std::string_view kSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

Time at(std::int64_t seconds) { return Time{seconds * kSecond}; }

TEST(Totp, GivesTheCodesOfTheRfc) {
  // Appendix B of RFC 6238 for SHA-1 has eight digits: six are the last of them.
  const struct {
    std::int64_t seconds;
    std::string_view code;
  } kVectors[] = {{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
  for (const auto& [seconds, code] : kVectors) {
    EXPECT_EQ(totp_code(kSecret, static_cast<std::uint64_t>(seconds / 30)), code) << seconds;
    if (seconds < 9'000'000'000) {  // times reach to 2262
      EXPECT_EQ(match_totp(kSecret, code, at(seconds), 0), seconds / 30) << seconds;
    }
  }
}

TEST(Totp, TakesTheStepBeforeAndTheNextAndNoOther) {
  const std::int64_t step = 50'000'000;
  for (std::int64_t away = -3; away <= 3; ++away) {
    const std::string code = totp_code(kSecret, static_cast<std::uint64_t>(step + away));
    const auto found = match_totp(kSecret, code, at(step * 30 + 17), 0);
    EXPECT_EQ(found.has_value(), away >= -1 && away <= 1) << away;
    if (found) {
      EXPECT_EQ(*found, step + away);
    }
  }
}

TEST(Totp, TakesEachStepOnce) {
  const std::int64_t step = 50'000'000;
  const std::string code = totp_code(kSecret, step), before = totp_code(kSecret, step - 1), next = totp_code(kSecret, step + 1);
  const auto used = match_totp(kSecret, code, at(step * 30), 0);
  ASSERT_TRUE(used);
  EXPECT_FALSE(match_totp(kSecret, code, at(step * 30 + 29), *used));
  EXPECT_FALSE(match_totp(kSecret, before, at(step * 30 + 29), *used)) << "a code from before the one that was used";
  EXPECT_TRUE(match_totp(kSecret, next, at(step * 30 + 29), *used));
}

TEST(Totp, RefusesWhatIsNoCode) {
  for (const std::string_view code : {"", "28708", "2870820", "28708x", "287 082"}) EXPECT_FALSE(match_totp(kSecret, code, at(59), 0)) << code;
  for (const std::string_view secret : {"", "?GEZDGNBVGY3TQOJQ", "gezdgnbv", "1"}) EXPECT_FALSE(match_totp(secret, "287082", at(59), 0)) << secret;
}

TEST(Totp, MakesSecretsThatAreTypedAndScanned) {
  const std::string secret = make_totp_secret();
  EXPECT_EQ(secret.size(), 32U);
  EXPECT_EQ(secret.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), std::string::npos);
  EXPECT_NE(secret, make_totp_secret());
  EXPECT_EQ(totp_uri(secret, "li"), "otpauth://totp/Livewarden:li?secret=" + secret + "&issuer=Livewarden&algorithm=SHA1&digits=6&period=30");
}

}  // namespace
}  // namespace lw::desk
