// What packs say, as the API shows it.
#pragma once

#include "desk/act.h"
#include "desk/fields.h"
#include "pack/plan.h"

namespace lw::server {

// The desk's policy as it holds at that time: grades, classes, measures, deadlines, repairs.
desk::Json shown_policy(const pack::DeskPolicy& policy, Time now);
// The plan's rules with what people made of their decisions; by id. Filters: limit, after.
desk::Answer<desk::Json> shown_rules(const desk::Act& act, const pack::Plan& plan, const desk::Query& query);

}  // namespace lw::server
