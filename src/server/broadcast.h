// What changed, told to all who listen to GET /v1/stream and may see it. Each listener has a short queue; who is too slow for it is
// cut off, and asks anew when it comes back. Knows no sockets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "desk/answer.h"

namespace lw::server {

struct Change {
  std::string kind;                 // "room", "case", "intervention"
  std::vector<std::string> bodies;  // that may see it: "department/samr", "platform/alpha"; "department/*": all of them
  desk::Json data;                  // as its list shows it
};

class Broadcast {
 public:
  using Text = std::shared_ptr<const std::string>;

  class Listener {
   public:
    // What waits, the oldest first, as it goes over the wire. False: it was cut off, by its slowness or by close().
    bool take(std::vector<Text>& out);

   private:
    friend class Broadcast;
    std::string body_;
    std::function<void()> wake_;
    std::mutex mutex_;
    std::vector<Text> waiting_;
    bool open_ = true;
  };

  // `queue`: so much may wait for a listener. More than is told of at once, or nobody would be quick enough.
  explicit Broadcast(std::size_t queue = 4096) : queue_(queue) {}

  // `wake` is called from any thread when something waits that did not before; it must not wait, and it is not called any more
  // once the listener is gone.
  std::shared_ptr<Listener> listen(std::string body, std::function<void()> wake);
  void publish(const Change& change);  // from any thread, never waits
  void close();                        // cuts all off: the server stops
  std::size_t listeners() const;

 private:
  std::size_t queue_;
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<Listener>> listeners_;
};

}  // namespace lw::server
