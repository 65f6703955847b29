#include "suites/run/run_arm.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <sstream>
#include <thread>
#include <utility>

#include "suites/harness/json_report.h"
#include "suites/harness/library_arguments.h"
#include "suites/report/fleet_report.h"
#include "suites/report/message.h"
#include "suites/report/progress_line.h"
#include "suites/report/summary.h"
#include "suites/run/hindrances.h"
#include "suites/run/offered_types.h"
#include "suites/run/result_file.h"
#include "suites/run/run_context.h"
#include "suites/run/run_settings.h"
#include "suites/run/spend_plan.h"
#include "suites/run/unfinished_runs.h"

namespace suites {
namespace {

// To terminate machines at once. CloseRegions() does it again, and waits for it.
constexpr std::chrono::milliseconds kFirstTry{10'000};

void CheckWritable(const std::string& path) {
  RefuseDirectory(path);
  if (IsStream(path)) {  // opening a pipe may wait for its reader, and closing it would end it
    if (access(path.c_str(), W_OK) == 0) return;
    throw UsageError(
        fmt::format("cannot write {}: {}", path, std::generic_category().message(errno)));
  }
  std::FILE* file = std::fopen(path.c_str(), "a");
  if (file == nullptr) {
    throw UsageError(
        fmt::format("cannot write {}: {}; name another with --benchmark_out or --results_dir", path,
                    std::generic_category().message(errno)));
  }
  std::fclose(file);
}

// A link is not ours: /dev/stdout is one.
void RemoveIfEmpty(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_regular_file(std::filesystem::symlink_status(path, error)) &&
      std::filesystem::is_empty(path, error))
    std::filesystem::remove(path, error);
}

// The results of the run that --resume names.
std::filesystem::path ResumedFile(const CommandLine& line) {
  std::filesystem::path path = line.resume;
  if (path.extension() != ".json" && path.extension() != ".jsonl")
    path = std::filesystem::path(line.results_dir) / (line.resume + ".json");
  path.replace_extension(".json");
  if (!line.out.empty() && std::filesystem::path(line.out) != path) {
    throw UsageError(fmt::format("--resume={} writes {}; leave --benchmark_out away", line.resume,
                                 path.string()));
  }
  const auto samples = std::filesystem::path(path).replace_extension(".jsonl");
  if (!std::filesystem::exists(samples))
    throw UsageError(fmt::format("--resume={}: there is no {}", line.resume, samples.string()));
  if (!std::filesystem::is_regular_file(samples)) {
    throw UsageError(
        fmt::format("--resume={}: {} is no regular file", line.resume, samples.string()));
  }
  return path;
}

// The library opens a file of its own and does not check what it writes: it gets this one, and the
// results go to a text, which WriteResultFile() writes.
constexpr char kLibraryFile[] = "/dev/null";

// --benchmark_out_format=console, to `out`.
class ConsoleFile : public benchmark::ConsoleReporter {
 public:
  explicit ConsoleFile(std::ostream* out) : ConsoleReporter(OO_None), out_(out) {}
  bool ReportContext(const Context& context) override {
    SetOutputStream(out_);
    return ConsoleReporter::ReportContext(context);
  }

 private:
  std::ostream* const out_;
};

// --benchmark_out_format=json, to `out`.
class JsonFile : public JsonReport {
 public:
  JsonFile(std::map<std::string, std::string> context, std::string prefix, std::ostream* out)
      : JsonReport(std::move(context), std::move(prefix)), out_(out) {}
  bool ReportContext(const Context& context) override {
    SetOutputStream(out_);
    return JsonReport::ReportContext(context);
  }

 private:
  std::ostream* const out_;
};

// What the library knows the benchmarks of this arm by.
std::string Prefix(const std::string& arm) { return arm.empty() ? "" : arm + ": "; }

// A regular expression for all of them, and for nothing else.
std::string FilterOf(const std::string& arm) { return arm.empty() ? "." : "^" + Prefix(arm); }

}  // namespace

RunArm::RunArm(CommandLine line, std::vector<fixtures::LaunchFixture*> matched, std::string name)
    : line_(std::move(line)),
      matched_(std::move(matched)),
      name_(std::move(name)),
      options_(line_.launch),
      identity_(fixtures::RunIdentity::Create(line_.launch.tags)),
      run_id_(identity_.run_id()) {
  for (auto* fixture : matched_) fixture->PrefixName(Prefix(name_));
}

RunArm::~RunArm() { CloseRegions(); }

void RunArm::ChooseFiles() {
  RefuseHindered(matched_, line_.launch);
  std::filesystem::path out = line_.out;
  std::error_code error;
  if (!line_.resume.empty()) {
    out = ResumedFile(line_);
  } else if (out.empty()) {
    std::filesystem::create_directories(line_.results_dir, error);
    out = std::filesystem::path(line_.results_dir) / (identity_.run_id() + ".json");
  }
  json_path_ = out.string();
  CheckWritable(json_path_);
  if (IsStream(json_path_)) {  // its samples are kept where they would be without it
    std::filesystem::create_directories(line_.results_dir, error);
    out = std::filesystem::path(line_.results_dir) / (identity_.run_id() + ".json");
  }
  log_ = std::make_unique<fixtures::SampleLog>(out.replace_extension(".jsonl").string(),
                                               line_.resume.empty()
                                                   ? fixtures::SampleLog::Mode::kNew
                                                   : fixtures::SampleLog::Mode::kContinue);
  settings_path_ = out.replace_extension(".settings").string();
}

// Before the first sample there is nothing that other settings could spoil.
void RunArm::ReadEarlierSamples() {
  int damaged = log_->cut_off() ? 1 : 0;
  if (!line_.resume.empty()) earlier_ = fixtures::ReadSampleLog(log_->path(), &damaged);
  const auto finished = std::ranges::count(earlier_, false, &fixtures::Sample::interrupted);
  if (damaged > 0) {
    const bool all_there = finished >= line_.repetitions * std::ssize(matched_);
    Say(fmt::format("launch_bench: {} line(s) of {} are no samples{}", damaged, log_->path(),
                    all_there ? "" : "; their launches are measured anew"));
  }
  std::string benchmarks;
  for (const auto* fixture : matched_)
    benchmarks += (benchmarks.empty() ? "" : " ") + fixture->technique();
  const RunSettings settings =
      DescribeSettings(line_, options_, DescribeRun(options_, target_, run_id_), benchmarks);
  if (earlier_.empty()) {
    WriteSettings(settings_path_, settings);
    return;
  }
  const RunSettings first = ReadSettings(settings_path_);
  CheckSameSettings(first, settings);
  run_id_ = first.run_id;
  Say(fmt::format("resuming run {}: {} launch(es) are there already", run_id_, finished));
}

void RunArm::RemoveEmptyFiles() const {
  RemoveIfEmpty(json_path_);
  if (!log_) return;
  RemoveIfEmpty(log_->path());
  std::error_code error;
  if (!std::filesystem::exists(log_->path(), error)) std::filesystem::remove(settings_path_, error);
}

bool RunArm::samples_are_there() const {
  std::error_code error;
  return std::filesystem::exists(log_->path(), error);
}

bool RunArm::DescribeSpending() const {
  const SpendPlan plan = PlanOf(matched_, line_.repetitions, options_);
  RequirePrices(plan, line_);
  if (line_.cloud != CommandLine::Cloud::kAws) return false;
  Say(fmt::format("on {}: {}", target_.described, DescribePlan(plan, options_)));
  return true;
}

void RunArm::OpenTargetOf(fixtures::SshProber* prober, fixtures::SpendGuard* spend,
                          const std::stop_token& stop) {
  target_ = OpenTarget(line_, &options_, stop);
  auto context = DescribeRun(options_, target_, run_id_);
  AddContext(line_.context, &context);  // known before money is spent, if it cannot be
  ReadEarlierSamples();
  OpenJournal();
  for (const auto* fixture : matched_) {
    const std::string region = RegionOf(*fixture, options_);
    if (std::ranges::any_of(regions_,
                            [&](const auto& session) { return session->region() == region; }))
      continue;
    regions_.push_back(std::make_unique<fixtures::RegionSession>(
        target_.access, region, options_, identity_, prober, journal_.get(), spend));
  }
}

void RunArm::CheckTypes(const std::stop_token& stop) const {
  for (const auto& session : regions_)
    RefuseTypesNotOffered(session->ec2(), matched_, options_, stop);
}

void RunArm::OpenJournal() {
  fixtures::JournalHeader header;
  header.run_id = identity_.run_id();
  header.owner = identity_.Tag(fixtures::kOwnerTag);
  header.process = identity_.Tag(fixtures::kProcessTag);
  header.cloud = target_.name;
  header.endpoint_url = target_.access.endpoint_url;
  header.account = AccountOf(target_, options_.regions.front());
  journal_ = std::make_unique<fixtures::RunJournal>(fixtures::JournalDirectory(), header);
}

void RunArm::OpenRegions(std::stop_token stop) {
  std::vector<std::exception_ptr> failures(regions_.size());
  region_failures_.resize(regions_.size());
  {
    std::vector<std::jthread> openers;
    for (std::size_t i = 0; i < regions_.size(); ++i) {
      openers.emplace_back([&, i] {
        try {
          regions_[i]->Open(stop);
        } catch (const std::exception& error) {
          failures[i] = std::current_exception();
          region_failures_[i] = fmt::format("opening {}: {}", regions_[i]->region(), error.what());
        }
      });
    }
  }
  const bool none_open = std::ranges::none_of(
      failures, [](const std::exception_ptr& failure) { return failure == nullptr; });
  if (none_open || stop.stop_requested()) {
    for (const auto& failure : failures) {
      if (failure) std::rethrow_exception(failure);
    }
  }
}

std::vector<fixtures::LaunchSchedule::Entry> RunArm::Entries() const {
  std::vector<fixtures::LaunchSchedule::Entry> entries;
  for (auto* fixture : matched_) {
    std::size_t i = 0;
    while (regions_[i]->region() != RegionOf(*fixture, options_)) ++i;
    std::vector<fixtures::Sample> finished;
    std::ranges::copy_if(earlier_, std::back_inserter(finished), [&](const auto& sample) {
      return sample.benchmark == fixture->technique();
    });
    entries.push_back(
        {fixture, regions_[i].get(), log_.get(), region_failures_[i], std::move(finished)});
  }
  return entries;
}

std::vector<ConsoleReport::Line> RunArm::Header() const {
  std::vector<ConsoleReport::Line> header{
      {fmt::format("launch_bench {}: {} benchmark(s), {} launch(es) each, on the {}", VersionText(),
                   matched_.size(), line_.repetitions, target_.described)}};
  if (!name_.empty()) {
    header.push_back({fmt::format("Configuration {} ({}), interleaved with the other one", name_,
                                  line_.config_file)});
  }
  if (target_.modelled) {
    header.push_back(
        {"MODELLED: the machines' latencies come from a profile; this says how the tool works, not "
         "how fast AWS is.",
         Emphasis::kWarning});
  }
  return header;
}

void RunArm::RunLibrary(const std::map<std::string, std::string>& more_context) {
  LibraryArguments arguments(line_.benchmark_arguments);
  arguments.Add("--benchmark_repetitions=" + std::to_string(line_.repetitions));
  arguments.Add(std::string("--benchmark_out=") + kLibraryFile);
  arguments.Initialize();

  auto context = DescribeRun(options_, target_, run_id_);
  AddContext(line_.context, &context);
  context.insert(more_context.begin(), more_context.end());
  std::ostringstream text;
  JsonFile json_file(context, Prefix(name_), &text);
  ConsoleFile console_file(&text);
  JsonReport json_display(context, Prefix(name_));
  ConsoleReport console_display(Header(), StyleOfOutput(line_.color));
  benchmark::BenchmarkReporter* display = &console_display;
  if (line_.format == "json") display = &json_display;
  PausingReport pausing_display(display);
  benchmark::BenchmarkReporter* file = &console_file;
  if (line_.out_format == "json") file = &json_file;
  if (name_.empty()) {
    benchmark::RunSpecifiedBenchmarks(&pausing_display, file);
  } else {
    benchmark::RunSpecifiedBenchmarks(&pausing_display, file, FilterOf(name_));
  }
  try {
    WriteResultFile(json_path_, text.str());
  } catch (const std::system_error& error) {
    write_failure_ = error.what();
    RemoveIfEmpty(json_path_);  // ChooseFiles() made it; it would look like results
  }
}

void RunArm::Report(const fixtures::LaunchSchedule& schedule) const {
  if (line_.format == "console") {
    if (!name_.empty()) std::cout << "\nConfiguration " << name_ << ":\n";
    auto samples = schedule.SamplesOf(matched_);
    // As the table above has them, not as they happened to end.
    std::ranges::stable_sort(samples, {}, [this](const fixtures::Sample& sample) {
      return std::ranges::find(matched_, sample.benchmark, &fixtures::LaunchFixture::technique) -
             matched_.begin();
    });
    const ConsoleStyle style = StyleOfOutput(line_.color);
    PrintSummary(
        std::cout, samples,
        {.modelled = target_.modelled, .repetitions = line_.repetitions, .verbose = line_.verbose},
        style);
    PrintFleetReport(std::cout, samples, style);
  }
  for (std::size_t i = 0; i < regions_.size(); ++i) {
    if (!region_failures_[i].empty()) continue;
    const auto& session = regions_[i];
    const auto calls =
        session->watcher().describe_calls() + session->end_watcher().describe_calls();
    Say(fmt::format("{}: round trip at most {:.1f} ms, {} describe call(s) for all launches",
                    session->region(), fixtures::ToMilliseconds(session->endpoint_round_trip()),
                    calls));
  }
}

void RunArm::OnCloudDeath(std::function<void()> action) {
  if (target_.local_cloud == nullptr) return;
  target_.local_cloud->OnDeath([this, action = std::move(action)] {
    cloud_gone_.request_stop();
    action();
  });
}

bool RunArm::CloudDied() const {
  return target_.local_cloud != nullptr && target_.local_cloud->died();
}

void RunArm::TerminateAll() noexcept {
  if (CloudDied()) return;
  const auto deadline = fixtures::Clock::now() + std::min(options_.cleanup_timeout, kFirstTry);
  for (const auto& session : regions_) session->TerminateAll(deadline);
}

bool RunArm::CloseRegions() {
  if (std::exchange(closed_, true)) return true;
  const fixtures::Clock::time_point deadline = fixtures::Clock::now() + options_.cleanup_timeout;
  std::vector<fixtures::LeftBehind> all_left;
  const ProgressLine progress(
      [](std::size_t) { return std::string("removing what the run made"); });
  // Side by side, so that each region has the whole time.
  std::vector<std::vector<fixtures::LeftBehind>> left_in(regions_.size());
  if (!CloudDied()) {
    std::vector<std::jthread> closers;
    for (std::size_t i = 0; i < regions_.size(); ++i)
      closers.emplace_back(
          [&, i] { left_in[i] = regions_[i]->Close(deadline, cloud_gone_.get_token()); });
  }
  for (auto& left : left_in) std::ranges::move(left, std::back_inserter(all_left));
  if (CloudDied()) all_left.clear();  // it may have died just now
  for (const auto& left : all_left) {
    Say(fmt::format("not removed: {} {} in {}: {}", left.resource.kind, left.resource.id,
                    left.resource.region, left.reason));
  }
  if (all_left.empty() && journal_) journal_->Finish();
  if (!all_left.empty()) Say("remove it with ./launch_bench --cleanup, and the same target flags");
  return all_left.empty();
}

void RunArm::ListWhatIsLeft() const {
  for (const auto& session : regions_) {
    for (const auto& resource : session->ledger().resources()) {
      Say(fmt::format("  {} {} in {}", resource.kind, resource.id, resource.region));
    }
    for (const auto& token : session->ledger().unanswered_creates()) {
      Say(fmt::format("  whatever client token {} made in {}", token, session->region()));
    }
  }
  if (target_.name == "local") return;  // that cloud ends with this process, and all that it holds
  std::vector<std::string> regions;
  for (const auto& session : regions_) regions.push_back(session->region());
  Say("remove it with " + CleanupCommandLine(target_.access.endpoint_url, regions));
}

}  // namespace suites
