#include "suites/launch_run.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <thread>
#include <utility>

#include "suites/console_report.h"
#include "suites/json_report.h"
#include "suites/library_arguments.h"
#include "suites/progress_line.h"
#include "suites/run_context.h"
#include "suites/summary.h"
#include "suites/unfinished_runs.h"

namespace suites {
namespace {

using fixtures::Clock;

// What cannot be written must be known before money is spent.
void CheckWritable(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "a");
  if (file == nullptr) {
    throw UsageError(
        fmt::format("cannot write {}: {}; name another with --benchmark_out or --results_dir", path,
                    std::generic_category().message(errno)));
  }
  std::fclose(file);
}

std::vector<std::string> Header(const Target& target,
                                const std::vector<fixtures::LaunchFixture*>& matched,
                                const CommandLine& line) {
  std::vector<std::string> header{
      fmt::format("launch_bench {}: {} benchmark(s), {} launch(es) each, on the {}", VersionText(),
                  matched.size(), line.repetitions, target.described)};
  if (target.modelled) {
    header.emplace_back(
        "MODELLED: the machines' latencies come from a profile; this says how the tool works, not "
        "how fast AWS is.");
  }
  header.emplace_back(
      "(-x): the mark that ends this phase was found by polling and lies at most x ms earlier.");
  return header;
}

}  // namespace

LaunchRun::LaunchRun(const CommandLine& line, std::vector<fixtures::LaunchFixture*> matched,
                     Interrupt* interrupt)
    : line_(line),
      matched_(std::move(matched)),
      interrupt_(interrupt),
      options_(line.launch),
      identity_(fixtures::RunIdentity::Create(line.launch.tags)) {}

LaunchRun::~LaunchRun() {
  interrupt_->OnFirst(nullptr);
  schedule_.reset();
  if (!closed_) CloseSites();
  if (!measured_) RemoveEmptyFiles();
  interrupt_->OnSecond(nullptr);
}

int LaunchRun::Run() {
  for (const auto& run : FindUnfinishedRuns())
    std::fprintf(stderr, "launch_bench: %s\n", DescribeUnfinished(run).c_str());
  ChooseFiles();
  target_ = OpenTarget(line_, &options_);
  OpenJournal();
  OpenSites();
  StartSchedule();
  RunLibrary();
  schedule_->Stop();
  for (const auto& site : sites_) site->TerminateAll();
  schedule_->Join();
  Report();
  const bool clean = CloseSites();
  std::ostream& last = line_.format == "console" ? std::cout : std::cerr;
  last << "results: " << json_path_ << " (every launch: " << log_->path() << ")" << std::endl;
  if (interrupt_->requested()) return kInterrupted;
  const auto samples = schedule_->samples();
  const bool all_measured = std::ranges::all_of(samples, &fixtures::Sample::ok);
  return all_measured && clean ? kAllMeasured : kSomeFailed;
}

void LaunchRun::ChooseFiles() {
  std::filesystem::path out = line_.out;
  std::error_code error;
  if (out.empty()) {
    std::filesystem::create_directories(line_.results_dir, error);
    out = std::filesystem::path(line_.results_dir) / (identity_.run_id() + ".json");
  }
  json_path_ = out.string();
  CheckWritable(json_path_);
  log_ = std::make_unique<fixtures::SampleLog>(out.replace_extension(".jsonl").string());
}

// A run that never started leaves no files that look like results.
void LaunchRun::RemoveEmptyFiles() const {
  std::error_code error;
  for (const std::string& path : {json_path_, log_ ? log_->path() : std::string()}) {
    if (!path.empty() && std::filesystem::is_empty(path, error))
      std::filesystem::remove(path, error);
  }
}

// Before anything is made: what cannot be written down is not made.
void LaunchRun::OpenJournal() {
  fixtures::JournalHeader header;
  header.run_id = identity_.run_id();
  header.owner = identity_.Tag(fixtures::kOwnerTag);
  header.process = identity_.Tag(fixtures::kProcessTag);
  header.cloud = target_.name;
  header.endpoint_url = target_.access.endpoint_url;
  header.account = AccountOf(target_, options_.regions.front());
  journal_ = std::make_unique<fixtures::RunJournal>(fixtures::JournalDirectory(), header);
}

void LaunchRun::OpenSites() {
  std::vector<std::string> regions;
  for (const auto* fixture : matched_) {
    const std::string region =
        fixture->region().empty() ? options_.regions.front() : fixture->region();
    if (std::ranges::find(regions, region) == regions.end()) regions.push_back(region);
  }
  for (const std::string& region : regions) {
    sites_.push_back(std::make_unique<fixtures::LaunchSite>(target_.access, region, options_,
                                                            identity_, &prober_, journal_.get()));
  }
  interrupt_->OnSecond([this] { ListWhatIsLeft(); });
  std::vector<std::exception_ptr> failures(sites_.size());
  site_failures_.resize(sites_.size());
  {
    std::vector<std::jthread> openers;
    for (std::size_t i = 0; i < sites_.size(); ++i) {
      openers.emplace_back([&, i] {
        try {
          sites_[i]->Open(interrupt_->token());
        } catch (const std::exception& error) {
          failures[i] = std::current_exception();
          site_failures_[i] = fmt::format("opening {}: {}", sites_[i]->region(), error.what());
        }
      });
    }
  }
  // A region that cannot be used spoils its own benchmarks only, unless there is no other.
  const bool none_open = std::ranges::none_of(
      failures, [](const std::exception_ptr& failure) { return failure == nullptr; });
  if (none_open || interrupt_->requested()) {
    for (const auto& failure : failures) {
      if (failure) std::rethrow_exception(failure);
    }
  }
}

fixtures::LaunchSchedule::Entry LaunchRun::EntryOf(fixtures::LaunchFixture* fixture) const {
  const std::string region =
      fixture->region().empty() ? options_.regions.front() : fixture->region();
  std::size_t i = 0;
  while (sites_[i]->region() != region) ++i;
  return {fixture, sites_[i].get(), site_failures_[i]};
}

void LaunchRun::StartSchedule() {
  std::vector<fixtures::LaunchSchedule::Entry> entries;
  for (auto* fixture : matched_) entries.push_back(EntryOf(fixture));
  schedule_ = std::make_unique<fixtures::LaunchSchedule>(std::move(entries), line_.repetitions,
                                                         options_, log_.get());
  schedule_->Start();
  measured_ = true;
  interrupt_->OnFirst([this] {
    std::fputs("\ninterrupted: cleaning up; once more to leave at once\n", stderr);
    schedule_->Stop();
  });
  if (interrupt_->requested()) schedule_->Stop();
}

void LaunchRun::RunLibrary() {
  for (const auto& [key, value] : DescribeRun(line_, options_, target_, identity_.run_id())) {
    benchmark::AddCustomContext(key, value);
  }
  LibraryArguments arguments(line_.benchmark_arguments);
  arguments.Add("--benchmark_repetitions=" + std::to_string(line_.repetitions));
  arguments.Add("--benchmark_out=" + json_path_);
  arguments.Initialize();

  JsonReport file_report;
  JsonReport json_display;
  ConsoleReport console_display(Header(target_, matched_, line_));
  benchmark::BenchmarkReporter* display = &console_display;
  if (line_.format == "json") display = &json_display;
  const ProgressLine progress([this] { return ProgressText(); });
  benchmark::RunSpecifiedBenchmarks(display, line_.out_format == "json" ? &file_report : nullptr);
}

std::string LaunchRun::ProgressText() const {
  const auto progress = schedule_->progress();
  std::string text = fmt::format("{} of {} launches done, {} in flight", progress.finished,
                                 progress.total, progress.in_flight);
  if (progress.preparing > 0)
    text += fmt::format(", {} benchmark(s) in preparation", progress.preparing);
  if (progress.failed > 0) text += fmt::format(", {} failed", progress.failed);
  return text;
}

void LaunchRun::Report() {
  const auto samples = schedule_->samples();
  if (line_.format == "console") PrintSummary(std::cout, samples);
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    if (!site_failures_[i].empty()) continue;
    const auto& site = sites_[i];
    std::fprintf(
        stderr,
        "%s: round trip to the endpoint at most %.1f ms; %lld describe call(s) for all launches\n",
        site->region().c_str(), fixtures::ToMilliseconds(site->endpoint_round_trip()),
        static_cast<long long>(site->watcher().describe_calls()));
  }
}

bool LaunchRun::CloseSites() {
  closed_ = true;
  const Clock::time_point deadline = Clock::now() + options_.cleanup_timeout;
  bool clean = true;
  const ProgressLine progress([] { return std::string("removing what the run made"); });
  for (const auto& site : sites_) {
    for (const auto& left : site->Close(deadline)) {
      clean = false;
      std::fprintf(stderr, "not removed: %s %s in %s: %s\n", left.resource.kind.c_str(),
                   left.resource.id.c_str(), left.resource.region.c_str(), left.reason.c_str());
    }
  }
  if (clean && journal_) journal_->Finish();
  if (!clean)
    std::fputs("remove it with ./launch_bench --cleanup, and the same target flags\n", stderr);
  return clean;
}

void LaunchRun::ListWhatIsLeft() const {
  std::fputs("\nleaving at once. Possibly left behind:\n", stderr);
  for (const auto& site : sites_) {
    for (const auto& resource : site->ledger().resources()) {
      std::fprintf(stderr, "  %s %s in %s\n", resource.kind.c_str(), resource.id.c_str(),
                   resource.region.c_str());
    }
    for (const auto& token : site->ledger().unanswered_creates()) {
      std::fprintf(stderr, "  whatever client token %s made in %s\n", token.c_str(),
                   site->region().c_str());
    }
  }
  std::fputs("remove it with ./launch_bench --cleanup, and the same target flags\n", stderr);
}

}  // namespace suites
