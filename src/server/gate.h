// Who asks, and whether they may call this operation at all: asked in one place, before any handler. What of it they may see is the
// desk's.
#pragma once

#include <functional>
#include <string>

#include "base/time.h"
#include "desk/actor.h"
#include "desk/answer.h"
#include "desk/login.h"
#include "server/document.h"

namespace lw::server {

// What came with a request; the one that is not given is empty.
struct Credentials {
  std::string session{}; // the cookie `livewarden`
  std::string csrf{};    // the header X-CSRF
  desk::Use use = desk::Use::kRead;
  std::string token{};   // Authorization: Bearer
  std::string remote{}, agent{};
  Time now{};
};

// By session if there is one, else by token: desk::authenticate_session, desk::authenticate_token. kUnknown where nobody is known by them.
// From any worker thread.
using Identify = std::function<desk::Answer<desk::Actor>(const Credentials&)>;

// Whether that actor may call it. Unknown bodies and roles that are too low: kForbidden.
desk::Answer<void> may_call(const Operation& operation, const desk::Actor& actor);

// Nobody is asked who it is: the operation is public, or a figure that the machine itself asks for.
bool for_everybody(const Operation& operation, const Credentials& credentials, bool loopback);

// The actor of a request, who may call the operation; of a public one nobody is asked, and it is the public.
desk::Answer<desk::Actor> admit(const Operation& operation, const Credentials& credentials, const Identify& identify, bool loopback);

}  // namespace lw::server
