// Results on full disks, and outputs that nobody reads.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>

#include "aws/unique_fd.h"
#include "suites/run/result_file.h"
#include "tests/suites/launch_program.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

std::string TextOf(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class ResultFileAttack : public LaunchProgramTest {
 protected:
  // Runs launch_bench in a shell with `redirections`.
  int RunShell(const std::string& words, std::string* errors) const {
    test_support::ChildProcess child({"sh", "-c", Program("launch_bench") + " " + words},
                                     {{"XDG_STATE_HOME", state_home()}});
    const int status = child.Wait();
    *errors = child.errors();
    return status;
  }
  std::string run_flags() const {
    return "--local_time_scale=0.01 --benchmark_repetitions=1 --benchmark_filter=^Cold/ "
           "--results_dir=" +
           json_path() + ".runs ";
  }
};

TEST_F(ResultFileAttack, AFileThatCannotBeWrittenLeavesTheOldOne) {
  WriteResultFile(json_path(), "old");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 1000, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(WriteResultFile(json_path(), std::string(5000, 'x')), std::system_error);
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  EXPECT_EQ(TextOf(json_path()), "old");
  const auto directory = std::filesystem::path(json_path()).parent_path();
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory), {}), 1);
  WriteResultFile(json_path(), "new");
  EXPECT_EQ(TextOf(json_path()), "new");
}

TEST_F(ResultFileAttack, AFullDeviceIsAFailureAndResumeRebuildsTheResults) {
  std::string errors;
  EXPECT_EQ(RunShell(run_flags() + "--benchmark_out=/dev/full", &errors), 1);
  EXPECT_THAT(errors, testing::HasSubstr("cannot write /dev/full: No space left on device"));
  const std::string flag = "--resume=";
  const auto begin = errors.find(flag);
  ASSERT_NE(begin, std::string::npos);
  const std::string samples =
      errors.substr(begin + flag.size(), errors.find('\n', begin) - begin - flag.size());
  EXPECT_EQ(RunShell(run_flags() + flag + samples, &errors), 0) << errors;
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full")) << "a device is never replaced";
  const auto json = nlohmann::json::parse(
      TextOf(std::filesystem::path(samples).replace_extension(".json").string()));
  EXPECT_FALSE(json["benchmarks"].empty());
}

// Waiting for a reader would keep the machines running.
TEST_F(ResultFileAttack, AFifoThatNobodyReadsIsAFailureAndIsNotWaitedFor) {
  const std::string fifo = directory_ / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  std::string errors;
  EXPECT_EQ(RunShell(run_flags() + "--benchmark_out=" + fifo, &errors), 1);
  EXPECT_THAT(errors,
              testing::HasSubstr("cannot write " + fifo + ", a FIFO that no program reads"));
  EXPECT_THAT(errors, testing::HasSubstr("--resume="));
  EXPECT_TRUE(std::filesystem::is_fifo(fifo)) << "it was replaced";
}

TEST_F(ResultFileAttack, TheReaderOfAFifoGetsTheResults) {
  const std::string fifo = directory_ / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const aws::UniqueFd reader(open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  std::string errors;
  EXPECT_EQ(RunShell(run_flags() + "--benchmark_out=" + fifo, &errors), 0) << errors;
  std::string results(65536, '\0');  // as much as a pipe holds
  const ssize_t size = read(reader.get(), results.data(), results.size());
  ASSERT_GT(size, 0);
  results.resize(static_cast<std::size_t>(size));
  EXPECT_TRUE(nlohmann::json::accept(results)) << results;
}

// It is more than a pipe holds.
TEST_F(ResultFileAttack, ASlowReaderOfAFifoGetsEverything) {
  const std::string fifo = directory_ / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const std::string text(std::size_t{4} << 20, 'x');
  test_support::ChildProcess reader({"cat", fifo});
  test_support::WaitUntil("the reader", [&] {
    const int writer = open(fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (writer < 0) return false;
    WriteResultFile(fifo, text);
    close(writer);
    return true;
  });
  EXPECT_EQ(reader.Wait(), 0);
  EXPECT_TRUE(reader.output() == text) << reader.output().size() << " bytes";
}

TEST_F(ResultFileAttack, SpecialFilesInThePlaceOfTheOthersAreRefusedAtTheStart) {
  std::string errors;
  const auto expect_refused = [&](const std::string& out, const std::string& message) {
    EXPECT_EQ(RunShell(run_flags() + "--benchmark_out=" + out, &errors), 2);
    EXPECT_THAT(errors, testing::StartsWith("launch_bench: " + message));
    EXPECT_EQ(std::ranges::count(errors, '\n'), 1) << errors;
  };
  const std::string settings = directory_ / "run.settings";
  ASSERT_EQ(mkfifo(settings.c_str(), 0600), 0);
  EXPECT_EQ(RunShell(run_flags() + "--benchmark_out=" + json_path(), &errors), 2);
  EXPECT_THAT(errors,
              testing::HasSubstr("cannot write " + settings + ", a FIFO that no program reads"));
  EXPECT_TRUE(std::filesystem::is_fifo(settings)) << "it was removed";

  const std::string samples = directory_ / "run.jsonl";
  ASSERT_EQ(mkfifo(samples.c_str(), 0600), 0);
  expect_refused(json_path(), samples + ": it is not a regular file");

  const std::string name = directory_ / "socket";
  const aws::UniqueFd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(name.size(), sizeof address.sun_path);
  name.copy(address.sun_path, name.size());
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  expect_refused(name, "cannot write " + name + ": it is a socket");
}

TEST_F(ResultFileAttack, ALinkThatIsFollowedStaysAndOneThatIsNotIsRefused) {
  const std::string link = directory_ / "link.json";
  WriteResultFile(json_path(), "old");
  std::filesystem::create_symlink("run.json", link);
  WriteResultFile(link, "new");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(TextOf(json_path()), "new");
  // The kernel refuses another user's link in /tmp in the same way, but testing that needs two
  // users.
  const std::string loop = directory_ / "loop.json";
  std::filesystem::create_symlink("loop.json", loop);
  EXPECT_THROW(WriteResultFile(loop, "text"), std::system_error);
  EXPECT_TRUE(std::filesystem::is_symlink(loop)) << "it was replaced";
}

// Standard output is a pipe, an empty file, or a file that already has text.
TEST_F(ResultFileAttack, ResultsGoToDevStdoutWhichIsALink) {
  const std::string file = json_path() + ".both";
  std::ofstream(file) << "earlier\n";
  for (const std::string& where :
       {" | cat >" + file + ".pipe", " >" + file + ".new", " >>" + file}) {
    std::string errors;
    EXPECT_EQ(RunShell(run_flags() + "--benchmark_out=/dev/stdout" + where, &errors), 0) << errors;
    EXPECT_TRUE(std::filesystem::is_symlink("/dev/stdout"));
    EXPECT_FALSE(std::filesystem::exists("/dev/stdout.jsonl"));
    const std::string text = TextOf(where.substr(where.find('/')));
    EXPECT_THAT(text, testing::HasSubstr("\"benchmarks\": ["));
    EXPECT_THAT(text, testing::HasSubstr("results: /dev/stdout\nevery launch: "));
  }
  EXPECT_THAT(TextOf(file), testing::StartsWith("earlier\n"));
}

TEST_F(ResultFileAttack, ADirectoryThatIsRemovedDuringTheRunIsSaid) {
  const test_support::LocalCloud cloud(Program("localcloud"), {"--time_scale=0.05"});
  const auto gone = directory_ / "gone";
  std::filesystem::create_directory(gone);
  const auto samples = gone / "run.jsonl";
  auto environment = cloud.Environment();
  environment["XDG_STATE_HOME"] = state_home();
  test_support::ChildProcess child(
      {Program("launch_bench"), "--benchmark_filter=^Cold/", "--benchmark_repetitions=3",
       "--concurrency=1", "--endpoint_url=" + cloud.endpoint_url(),
       "--ssh_port=" + std::to_string(cloud.ssh_port()),
       "--benchmark_out=" + (gone / "run.json").string()},
      environment);
  std::error_code error;
  test_support::WaitUntil("the first sample", [&] {
    return std::filesystem::exists(samples) && std::filesystem::file_size(samples, error) > 0;
  });
  std::filesystem::remove_all(gone);
  EXPECT_EQ(child.Wait(), 1) << child.errors();
  EXPECT_THAT(child.errors(),
              testing::HasSubstr("launch_bench: " + samples.string() +
                                 " is gone: no samples are left on disk, and the results are not "
                                 "there either: cannot write " +
                                 (gone / "run.json").string()));
  EXPECT_THAT(child.errors(), testing::Not(testing::HasSubstr("--resume")));
}

TEST_F(ResultFileAttack, AFileInADirectoryOfAnothersIsWrittenInPlace) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write any directory";
  const auto directory = std::filesystem::path(json_path()).parent_path();
  WriteResultFile(json_path(), "a longer text");
  std::filesystem::permissions(directory, std::filesystem::perms(0555));
  WriteResultFile(json_path(), "short");
  EXPECT_THROW(WriteResultFile(json_path() + ".other", "text"), std::system_error);
  std::filesystem::permissions(directory, std::filesystem::perms(0755));
  EXPECT_EQ(TextOf(json_path()), "short");
}

// No file may be larger than 8 KiB. A line that is not a sample leaves room for one more sample.
TEST_F(ResultFileAttack, SamplesThatDoNotFitEndTheRunAndResumeMeasuresTheRest) {
  const test_support::LocalCloud cloud(Program("localcloud"), {"--time_scale=0.01"});
  const std::string samples =
      std::filesystem::path(json_path()).replace_extension(".jsonl").string();
  const auto run = [&](const std::string& before, const std::string& flags, std::string* errors) {
    auto environment = cloud.Environment();
    environment["XDG_STATE_HOME"] = state_home();
    test_support::ChildProcess child(
        {"sh", "-c",
         before + "exec " + Program("launch_bench") + " --benchmark_filter=^Cold/ --concurrency=1" +
             " --endpoint_url=" + cloud.endpoint_url() +
             " --ssh_port=" + std::to_string(cloud.ssh_port()) + " " + flags},
        environment);
    const int status = child.Wait();
    *errors = child.errors();
    return status;
  };
  std::string errors;
  ASSERT_EQ(run("", "--benchmark_repetitions=6 --benchmark_out=" + json_path(), &errors), 0)
      << errors;
  const std::string all = TextOf(samples);
  const std::string first = all.substr(0, all.find('\n') + 1);
  std::ofstream(samples) << first << std::string(8000 - 2 * first.size(), '#') << '\n';

  const std::string resume = "--benchmark_repetitions=6 --resume=" + samples;
  EXPECT_EQ(run("ulimit -f 16; ", resume, &errors), 1);
  EXPECT_THAT(errors,
              testing::HasSubstr("stopped, because every launch would fail like this: could "
                                 "not write the sample to disk: " +
                                 samples + ": File too large"));
  const std::string kept = TextOf(samples);
  EXPECT_TRUE(kept.ends_with('\n')) << "half a sample stays";
  EXPECT_TRUE(nlohmann::json::accept(TextOf(json_path())));

  EXPECT_EQ(run("", resume, &errors), 0) << errors;
  EXPECT_TRUE(TextOf(samples).starts_with(kept)) << "a sample that was on the disk was lost";
  const auto json = nlohmann::json::parse(TextOf(json_path()));
  EXPECT_EQ(std::ranges::count_if(
                json["benchmarks"],
                [](const nlohmann::json& one) { return one["run_type"] == "iteration"; }),
            6);
}

TEST_F(ResultFileAttack, AnOutputThatIsNotTakenIsAFailure) {
  std::string errors;
  EXPECT_EQ(RunShell("--help > /dev/full", &errors), 1);
  EXPECT_THAT(errors, testing::HasSubstr("cannot write to standard output"));
  EXPECT_EQ(RunShell("--print_iam_policy > /dev/full", &errors), 1);
  EXPECT_EQ(RunShell("--help >&-", &errors), 1);
  EXPECT_EQ(RunShell(run_flags() + "--benchmark_format=json --benchmark_out=" + json_path() +
                         " > /dev/full",
                     &errors),
            1);
  EXPECT_TRUE(nlohmann::json::accept(TextOf(json_path())));
  EXPECT_EQ(RunShell("--help > /dev/null", &errors), 0);
}

}  // namespace
}  // namespace suites
