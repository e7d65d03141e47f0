// Signed notes (C2SP signed-note), the keys that sign them, and the checkpoints (C2SP tlog-checkpoint) that are written as notes.
// Whoever speaks these formats can verify ours.
//
//   verifier key  NAME+ID+base64(type, public key)             given to everybody
//   signing key   PRIVATE+KEY+NAME+ID+base64(type, seed)       stays where it was made
//   note          text, empty line, "— NAME base64(ID, signature)"
//
// The type says which algorithm: 1 is Ed25519, the only one known here. ID is made of name, type and public key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ledger/hash.h"

namespace lw::ledger {

class VerifierKey {
 public:
  static Result<VerifierKey> parse(std::string_view text);    // as text() gives it
  static Result<VerifierKey> read(const std::string& path);   // a file of it, with or without a line's end
  std::string text() const;
  const std::string& name() const { return name_; }
  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;

 private:
  friend class SigningKey;
  friend Result<std::string> open_note(std::string_view note, const VerifierKey& key);
  VerifierKey(std::string name, std::string public_key);
  std::string id() const;  // 4 bytes

  std::string name_, public_;
};

class SigningKey {
 public:
  // `name`: of a log, "livewarden.example/log"; printable ASCII without spaces and '+'.
  static Result<SigningKey> make(std::string_view name);
  // Of a file. One that others may read is refused.
  static Result<SigningKey> read(const std::string& path);
  // The same, made with mode 0600 if it is not there; one of another name is refused.
  static Result<SigningKey> read_or_make(const std::string& path, std::string_view name);
  ~SigningKey();
  SigningKey(const SigningKey&) = default;
  SigningKey& operator=(const SigningKey&) = default;

  const VerifierKey& verifier() const { return verifier_; }
  // `text` ends with a line's end.
  std::string sign(std::string_view text) const;

 private:
  SigningKey(VerifierKey verifier, std::string secret) : verifier_(std::move(verifier)), secret_(std::move(secret)) {}
  static Result<SigningKey> of(std::string_view name, std::string_view seed);
  static Result<SigningKey> parse(std::string_view text);
  std::string text() const;

  VerifierKey verifier_;
  std::string secret_;  // seed and public key
};

// The text that `key` signed. Other signatures than its one are refused too: nobody here could check them.
Result<std::string> open_note(std::string_view note, const VerifierKey& key);

struct Checkpoint {
  std::string origin;  // the log's name, which its key has too
  std::uint64_t size = 0;
  Hash root{};

  std::string text() const;
  static Result<Checkpoint> parse(std::string_view text);  // without extension lines
  // Of a note that `key` signed, for the log of the key's name.
  static Result<Checkpoint> open(std::string_view note, const VerifierKey& key);
};

}  // namespace lw::ledger
