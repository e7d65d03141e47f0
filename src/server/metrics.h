// Figures for GET /metrics, in Prometheus's text form. Names begin with "livewarden_".
#pragma once

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace lw::server {

using Labels = std::map<std::string, std::string>;

class Metrics {
 public:
  Metrics();
  ~Metrics();

  void answered(const std::string& operation, int status, double seconds);
  void took_events(std::uint64_t accepted, std::uint64_t rejected, std::uint64_t refused);

  // Figures of others, asked for at each scrape: queue depth, cases open. `value` is called from any thread, should not wait long, and
  // lives as long as this. A count only grows; several of one name have different labels.
  void watch(std::string name, std::string help, std::function<double()> value, Labels labels = {});
  void watch_count(std::string name, std::string help, std::function<double()> value, Labels labels = {});

  prometheus::Registry& registry() { return *registry_; }  // for counters and histograms of others
  std::string text() const;

 private:
  class Watched;
  std::shared_ptr<prometheus::Registry> registry_;
  std::unique_ptr<Watched> watched_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& latency_;
  prometheus::Counter &accepted_, &rejected_, &refused_;
};

}  // namespace lw::server
