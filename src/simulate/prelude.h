// What is filed before anyone goes on air, and what the platform reports of itself meanwhile: the papers of an honest
// platform, complete and in time, except where a plan says that some are missing.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "simulate/draft.h"
#include "simulate/plan.h"

namespace lw::simulate {

// live.account.registered of a viewer; `age_key` is age_band or birth_date.
void write_account(Recorder& out, std::int64_t ms, const Account& who, std::string_view age_key, std::string_view age);

// Everything outside the broadcasts, sorted by time: registrations, filings, schedules, reviewers on duty.
void write_prelude(const World& world, const std::vector<RoomPlan>& plans, Recorder& out);

}  // namespace lw::simulate
