// The gate that all events of the service pass, whichever way they come: checked by the one decoder, allowed for who sends them, personal
// ids replaced, handed to the inlet.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "desk/actor.h"
#include "pack/plan.h"
#include "runtime/inlet.h"

namespace lw::server {

// Replaces the personal ids of a line (desk/edge_names.h): `to` may hold what is given back.
using Hide = std::function<Result<std::string_view>(std::string_view line, std::string& to)>;
// Events of a later time are refused: one would pull everybody's time along. May be empty.
using Latest = std::function<Time()>;
// Called once after the lines of a hand-in: who was new lasts before it is acknowledged.
using Settle = std::function<Status()>;

struct Checked {
  std::string lines;          // the good ones, each with its end, as they are handed in
  std::size_t good = 0;
  std::vector<std::pair<std::size_t, std::string>> bad;  // place in what was given, from 0; why
  std::size_t unlisted = 0;   // bad ones beyond those
  std::string name;           // source#id of the last good one
  Status status;              // failed: names could not be kept, and nothing may be handed in
};

class Ingest {
 public:
  // `hide` empty: ids pass as they are.
  Ingest(runtime::Inlet& inlet, std::function<std::shared_ptr<const pack::Plan>()> plan, Hide hide, Settle settle = {}, Latest latest = {});
  ~Ingest();

  // Each of `lines` without its end. A platform speaks for itself, a department for itself, whoever runs the service for all; what
  // Livewarden says of itself comes from its outbox, and not this way. Of bad ones so many are listed. May wait for the store. From any thread.
  Checked check(const std::vector<std::string_view>& lines, const desk::Actor& who, std::size_t most_listed = SIZE_MAX);
  // Hands good lines in; false if there is no room, and then it may be asked again. `done` at once where there are none.
  // `next`: before others that wait.
  bool submit(Checked& checked, runtime::Inlet::Done done, bool next = false);

 private:
  struct Reader;
  std::unique_ptr<Reader> take();
  void give(std::unique_ptr<Reader> reader);

  runtime::Inlet& inlet_;
  std::function<std::shared_ptr<const pack::Plan>()> plan_;
  Hide hide_;
  Settle settle_;
  Latest latest_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Reader>> free_;  // decoders that nobody uses
};

}  // namespace lw::server
