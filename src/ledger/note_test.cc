// Keys, notes and checkpoints: what was written elsewhere is read, what was altered is refused.
#include "ledger/note.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "ledger/leaf.h"
#include "ledger/test_tree.h"

namespace lw::ledger {
namespace {

// Of another implementation.
constexpr std::string_view kKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kText = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
constexpr std::string_view kLine = "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

TEST(Note, WrittenElsewhere) {
  const auto key = VerifierKey::parse(kKey);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->text(), kKey);
  const auto text = open_note(fmt::format("{}\n{}", kText, kLine), *key);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, kText);
}

TEST(Note, EveryBitCounts) {
  const auto key = SigningKey::make("livewarden.example/log");
  ASSERT_TRUE(key);
  const std::string note = key->sign(Checkpoint{"livewarden.example/log", 5, leaf_hash("x")}.text());
  ASSERT_TRUE(Checkpoint::open(note, key->verifier()));
  for (std::size_t at = 0; at < note.size() * 8; ++at) {
    std::string altered = note;
    altered[at / 8] = static_cast<char>(altered[at / 8] ^ 1 << at % 8);
    EXPECT_FALSE(open_note(altered, key->verifier())) << altered;
  }
  const std::string text = key->verifier().text();
  for (std::size_t at = 0; at < text.size() * 8; ++at) {
    std::string altered = text;
    altered[at / 8] = static_cast<char>(altered[at / 8] ^ 1 << at % 8);
    EXPECT_FALSE(VerifierKey::parse(altered)) << altered;
  }
}

TEST(Note, Refused) {
  const auto key = SigningKey::make("log"), other = SigningKey::make("log");
  ASSERT_TRUE(key && other);
  const std::string text = Checkpoint{"log", 5, leaf_hash("x")}.text();
  EXPECT_FALSE(open_note(other->sign(text), key->verifier()));
  EXPECT_FALSE(Checkpoint::open(key->sign(Checkpoint{"other", 5, leaf_hash("x")}.text()), key->verifier())) << "the origin is not the key's name";
  std::string twice = key->sign(text);
  twice += twice.substr(text.size() + 1);
  EXPECT_FALSE(open_note(twice, key->verifier()));
  for (const char* name : {"", "a b", "a+b", "a\n", "直播"}) EXPECT_FALSE(SigningKey::make(name)) << name;
}

TEST(Note, CheckpointsHaveOneForm) {
  const std::string root = to_base64(bytes_of(leaf_hash("x")));
  EXPECT_TRUE(Checkpoint::parse("log\n0\n" + root + "\n"));
  for (const std::string& text : {"log\n00\n" + root + "\n", "log\n+5\n" + root + "\n", "log\n5\n" + root, "log\n5\n" + root + "\nmore\n", "\n5\n" + root + "\n", "log\n18446744073709551616\n" + root + "\n",
                                  "log\n5\n" + root.substr(4) + "\n", "log\n5 \n" + root + "\n", std::string("log\n")}) {
    EXPECT_FALSE(Checkpoint::parse(text)) << text;
  }
}

TEST(Note, KeyFiles) {
  const test::Folder folder;
  const std::string path = folder.path + "/key";
  const auto made = SigningKey::read_or_make(path, "livewarden.example/log");
  ASSERT_TRUE(made) << made.error().message;
  struct stat facts{};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
  const auto other = SigningKey::read_or_make(path, "another/log");
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("is a key of the log livewarden.example/log, not of another/log"), std::string::npos) << other.error().message;
  ASSERT_TRUE(SigningKey::read_or_make(path, "livewarden.example/log"));
  const auto read = SigningKey::read(path);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->verifier(), made->verifier());
  EXPECT_EQ(read->sign("text\n"), made->sign("text\n"));
  EXPECT_NE(VerifierKey::read(path).error().message.find("private"), std::string::npos);
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  EXPECT_NE(SigningKey::read_or_make(path, "x").error().message.find("chmod 600"), std::string::npos);
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  const std::string whole = test::slurp(path);
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {  // without its end it is whole
    test::spill(path, whole.substr(0, size));
    EXPECT_FALSE(SigningKey::read_or_make(path, "x")) << size;
  }
}

TEST(Leaf, Commitments) {
  const std::string salt = make_salt(), record = R"({"a":"直播"})", commitment = commit(salt, record);
  EXPECT_TRUE(check_opened(commitment, salt, record));
  EXPECT_FALSE(check_opened(commitment, make_salt(), record));
  EXPECT_FALSE(check_opened(commitment, salt, record + " "));
  EXPECT_FALSE(check_opened("sm3:" + commitment.substr(7), salt, record));
  // A byte of the record moved into the salt: the same bytes are hashed.
  const std::string moved = to_base64(*from_base64(salt) + record.substr(0, 1));
  ASSERT_EQ(commit(moved, record.substr(1)), commitment);
  EXPECT_FALSE(check_opened(commitment, moved, record.substr(1)));
}

TEST(Leaf, OneForm) {
  const Leaf leaf{17, "2026-11-26T18:00:00+08:00", "decision", commit(make_salt(), "x")};
  const auto read = Leaf::parse(leaf.entry());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->n, 17U);
  EXPECT_EQ(read->kind, "decision");
  EXPECT_EQ(read->commitment, leaf.commitment);
  EXPECT_EQ(leaf.entry().find(R"({"at":"2026-11-26T18:00:00+08:00","commitment":"sha256:)"), 0U);
  for (const std::string& entry : {" " + leaf.entry(), std::string("{}"), std::string("[]"), std::string("x"), std::string(R"({"at":1,"commitment":"","kind":"x","n":-1})")}) EXPECT_FALSE(Leaf::parse(entry)) << entry;
}

}  // namespace
}  // namespace lw::ledger
