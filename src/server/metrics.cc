#include "server/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <utility>
#include <vector>

namespace lw::server {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

}  // namespace

// Figures that are asked for when they are wanted.
class Metrics::Watched : public prometheus::Collectable {
 public:
  void add(std::string name, std::string help, prometheus::MetricType type, Labels labels, std::function<double()> value) {
    const std::lock_guard lock(mutex_);
    all_.push_back({std::move(name), std::move(help), type, std::move(labels), std::move(value)});
  }

  std::vector<prometheus::MetricFamily> Collect() const override {
    const std::lock_guard lock(mutex_);
    std::map<std::string, prometheus::MetricFamily> families;
    for (const One& one : all_) {
      prometheus::MetricFamily& family = families[one.name];
      family.name = one.name;
      family.help = one.help;
      family.type = one.type;
      prometheus::ClientMetric metric;
      for (const auto& [name, value] : one.labels) metric.label.push_back({name, value});
      const double value = one.value();
      if (one.type == prometheus::MetricType::Counter) metric.counter.value = value;
      else metric.gauge.value = value;
      family.metric.push_back(std::move(metric));
    }
    std::vector<prometheus::MetricFamily> out;
    for (auto& [name, family] : families) out.push_back(std::move(family));
    return out;
  }

 private:
  struct One {
    std::string name, help;
    prometheus::MetricType type;
    Labels labels;
    std::function<double()> value;
  };
  mutable std::mutex mutex_;
  std::vector<One> all_;
};

namespace {

prometheus::Family<prometheus::Counter>& events_family(prometheus::Registry& registry) {
  return prometheus::BuildCounter().Name("livewarden_http_events_total").Help("Events that came over HTTP, by what became of them.").Register(registry);
}

}  // namespace

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      watched_(std::make_unique<Watched>()),
      requests_(prometheus::BuildCounter().Name("livewarden_requests_total").Help("Requests by operation and status.").Register(*registry_)),
      latency_(prometheus::BuildHistogram()
                   .Name("livewarden_request_seconds")
                   .Help("From the end of a request's header to its answer, by operation.")
                   .Register(*registry_)),
      accepted_(events_family(*registry_).Add({{"outcome", "accepted"}})),
      rejected_(events_family(*registry_).Add({{"outcome", "rejected"}})),
      refused_(events_family(*registry_).Add({{"outcome", "refused"}})) {}

Metrics::~Metrics() = default;

void Metrics::answered(const std::string& operation, int status, double seconds) {
  requests_.Add({{"operation", operation}, {"status", std::to_string(status)}}).Increment();
  latency_.Add({{"operation", operation}}, kSeconds).Observe(seconds);
}

void Metrics::took_events(std::uint64_t accepted, std::uint64_t rejected, std::uint64_t refused) {
  accepted_.Increment(static_cast<double>(accepted));
  rejected_.Increment(static_cast<double>(rejected));
  refused_.Increment(static_cast<double>(refused));
}

void Metrics::watch(std::string name, std::string help, std::function<double()> value, Labels labels) {
  watched_->add(std::move(name), std::move(help), prometheus::MetricType::Gauge, std::move(labels), std::move(value));
}

void Metrics::watch_count(std::string name, std::string help, std::function<double()> value, Labels labels) {
  watched_->add(std::move(name), std::move(help), prometheus::MetricType::Counter, std::move(labels), std::move(value));
}

std::string Metrics::text() const {
  std::vector<prometheus::MetricFamily> all = registry_->Collect();
  for (auto& family : watched_->Collect()) all.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace lw::server
