#include "suites/command/command_line.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "suites/command/help_text.h"

namespace suites {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

CommandLine Parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "launch_bench");
  return ParseCommandLine(arguments);
}

std::string ErrorOf(std::vector<std::string> arguments) {
  try {
    Parse(std::move(arguments));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "(no error)";
}

TEST(CommandLineTest, TheDefaultsAreThoseOfTheContract) {
  const CommandLine line = Parse({});
  EXPECT_EQ(line.cloud, CommandLine::Cloud::kLocal);
  EXPECT_THAT(line.launch.regions, ElementsAre("us-west-2"));
  EXPECT_EQ(line.launch.instance_type, "m7i.large");
  EXPECT_EQ(line.launch.ssh_user, "ec2-user");
  EXPECT_EQ(line.launch.ssh_port, 22);
  EXPECT_EQ(line.launch.concurrency, 12) << "the local cloud has no quota";
  EXPECT_EQ(Parse({"--cloud=aws"}).launch.concurrency, 4);
  EXPECT_EQ(Parse({"--endpoint_url=http://127.0.0.1:9"}).launch.concurrency, 4);
  EXPECT_EQ(line.launch.poll_interval, std::chrono::milliseconds(100));
  EXPECT_EQ(line.launch.launch_timeout, std::chrono::seconds(300));
  EXPECT_EQ(line.launch.cleanup_timeout, std::chrono::seconds(120));
  EXPECT_EQ(line.results_dir, "results/runs");
  EXPECT_EQ(line.local.profile, "ec2");
  EXPECT_EQ(line.local.time_scale, 1.0);
  EXPECT_EQ(line.repetitions, 3);
}

TEST(CommandLineTest, ListsDurationsAndTagsAreRead) {
  const CommandLine line =
      Parse({"--region=us-east-1,eu-west-1", "--poll_interval=1.5s", "--launch_timeout=5m",
             "--tags=team=ci,purpose=a=b", "--cloud=aws", "--address=ipv6", "--ssh_port=2222"});
  EXPECT_THAT(line.launch.regions, ElementsAre("us-east-1", "eu-west-1"));
  EXPECT_EQ(line.launch.poll_interval, std::chrono::milliseconds(1500));
  EXPECT_EQ(line.launch.launch_timeout, std::chrono::minutes(5));
  EXPECT_THAT(line.launch.tags, ElementsAre(Pair("team", "ci"), Pair("purpose", "a=b")));
  EXPECT_EQ(line.cloud, CommandLine::Cloud::kAws);
  EXPECT_EQ(line.launch.address, fixtures::LaunchOptions::AddressFamily::kIpv6);
  EXPECT_TRUE(line.ssh_port_given);
}

TEST(CommandLineTest, ImagesMayBeNamed) {
  EXPECT_EQ(Parse({}).launch.minimal_ami, "");
  EXPECT_EQ(Parse({}).launch.custom_init_ami, "");
  const CommandLine line = Parse({"--minimal_ami=ami-1", "--custom_init_ami=ami-2"});
  EXPECT_EQ(line.launch.minimal_ami, "ami-1");
  EXPECT_EQ(line.launch.custom_init_ami, "ami-2");
  EXPECT_THAT(HelpText(), HasSubstr("--minimal_ami"));
  EXPECT_THAT(HelpText(), HasSubstr("--custom_init_ami"));
}

TEST(CommandLineTest, WhatTheSweepsGoThrough) {
  CommandLine line = Parse({});
  EXPECT_THAT(line.launch.sweep_ebs_gib, ElementsAre(8, 20));
  EXPECT_EQ(line.launch.sweep_instance_types.size(), 6u);
  EXPECT_EQ(line.launch.sweep_regions.size(), 5u);
  EXPECT_THAT(line.launch.hybrid_sizes, ElementsAre(Pair(2, 4)));
  line = Parse({"--ebs_sizes=30,30", "--instance_types=t3.micro,m7g.large", "--region=eu-west-1",
                "--burst_sizes=2,16", "--hybrid_sizes=1/3,2/2", "--availability_zones=eu-west-1b"});
  EXPECT_THAT(line.launch.sweep_ebs_gib, ElementsAre(30)) << "no benchmark exists twice";
  EXPECT_THAT(line.launch.sweep_instance_types, ElementsAre("t3.micro", "m7g.large"));
  EXPECT_THAT(line.launch.sweep_regions, ElementsAre("eu-west-1"));
  EXPECT_THAT(line.launch.sweep_zones, ElementsAre("eu-west-1b"));
  EXPECT_THAT(line.launch.burst_sizes, ElementsAre(2, 16));
  EXPECT_THAT(line.launch.hybrid_sizes, ElementsAre(Pair(1, 3), Pair(2, 2)));
  EXPECT_THAT(ErrorOf({"--hybrid_sizes=4/2"}), HasSubstr("pool of 4"));
  EXPECT_THAT(ErrorOf({"--hybrid_sizes=4"}), HasSubstr("pool/burst"));
  EXPECT_THAT(ErrorOf({"--ebs_sizes=0"}), HasSubstr("ebs_sizes"));
}

TEST(CommandLineTest, TheLibrarysFlagsAreHandedOnAndUnderstood) {
  const CommandLine line = Parse({"--benchmark_filter=Warm", "--benchmark_repetitions=5",
                                  "--benchmark_out=x.json", "--concurrency=8"});
  EXPECT_THAT(line.benchmark_arguments,
              ElementsAre("launch_bench", "--benchmark_filter=Warm", "--benchmark_repetitions=5",
                          "--benchmark_out=x.json"));
  EXPECT_EQ(line.repetitions, 5);
  EXPECT_EQ(line.out, "x.json");
  EXPECT_EQ(line.launch.concurrency, 8);
}

TEST(CommandLineTest, ATimeUnitIsOneOfTheLibrarys) {
  for (const std::string unit : {"ns", "us", "ms", "s"}) {
    const std::string flag = "--benchmark_time_unit=" + unit;
    EXPECT_THAT(Parse({flag}).benchmark_arguments, ElementsAre("launch_bench", flag));
  }
}

TEST(CommandLineTest, RepetitionsMayComeFromTheEnvironmentAndTheFlagWins) {
  setenv("BENCHMARK_REPETITIONS", "7", 1);
  EXPECT_EQ(Parse({}).repetitions, 7);
  EXPECT_EQ(Parse({"--benchmark_repetitions=2"}).repetitions, 2);
  for (const char* wrong : {"many", "100001"}) {
    setenv("BENCHMARK_REPETITIONS", wrong, 1);
    EXPECT_THAT(ErrorOf({}), HasSubstr("BENCHMARK_REPETITIONS")) << wrong;
  }
  unsetenv("BENCHMARK_REPETITIONS");
}

TEST(CommandLineTest, WhatIsWrongIsOneLineThatNamesTheFlag) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"--nope", "--nope"},
      {"--benchmark_nope=1", "--benchmark_nope"},
      {"stray", "stray"},
      {"--cloud=gcp", "--cloud"},
      {"--concurrency=0", "--concurrency"},
      {"--concurrency=many", "--concurrency"},
      {"--poll_interval=fast", "--poll_interval"},
      {"--poll_interval=-1s", "--poll_interval"},
      {"--launch_timeout=9999999999s", "--launch_timeout"},
      {"--tags=novalue", "--tags"},
      {"--tags=launch-bench:run=x", "--tags"},
      {"--ssh_port=70000", "--ssh_port"},
      {"--ssh_cidr=garbage", "--ssh_cidr must be an address block"},
      {"--ssh_cidr=203.0.113.7", "--ssh_cidr must be an address block"},
      {"--ssh_cidr=203.0.113.7/33", "--ssh_cidr must be an address block"},
      {"--ssh_cidr=203.0.113.700/32", "--ssh_cidr must be an address block"},
      {"--max_usd=nan", "--max_usd: 'nan' is not an amount above 0"},
      {"--max_usd=-1", "--max_usd: '-1' is not an amount above 0"},
      {"--max_usd=0.5x", "--max_usd"},
      {"--local_time_scale=-1", "--local_time_scale"},
      {"--benchmark_format=xml", "--benchmark_format"},
      {"--benchmark_format=csv", "--benchmark_format"},
      {"--benchmark_out_format=xml", "--benchmark_out_format"},
      {"--benchmark_repetitions=0", "--benchmark_repetitions"},
      {"--benchmark_min_time=nan", "--benchmark_min_time must be a time like 0.5s, not 'nan'"},
      {"--benchmark_min_time=-1s", "--benchmark_min_time must be a time like 0.5s, not '-1s'"},
      {"--benchmark_repetitions=1000000000",
       "--benchmark_repetitions must be a whole number from 1 to 100000, not '1000000000'"},
      {"--hybrid_sizes=1/1001", "--hybrid_sizes"},
      {"--benchmark_time_unit=bogus", "--benchmark_time_unit must be ns, us, ms or s, not 'bogus'"},
      {"--benchmark_time_unit", "--benchmark_time_unit"},
      {"--benchmark_out=", "--benchmark_out"},
      {"--config=/does/not/exist", "/does/not/exist"},
  };
  for (const auto& [argument, named] : cases) {
    const std::string error = ErrorOf({argument});
    EXPECT_THAT(error, HasSubstr(named)) << argument;
    EXPECT_EQ(error.find('\n'), std::string::npos) << argument;
  }
}

// A configuration file for one test.
class ConfigFile {
 public:
  explicit ConfigFile(const std::string& text) {
    char name[] = "/tmp/command_line_test-XXXXXX";
    close(mkstemp(name));
    path_ = name;
    std::ofstream(path_) << text;
  }
  ~ConfigFile() { std::filesystem::remove(path_); }
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;

  const std::string& path() const { return path_; }
  std::string flag() const { return "--config=" + path_; }
  std::string place(int line) const { return path_ + ", line " + std::to_string(line) + ": "; }

 private:
  std::string path_;
};

TEST(CommandLineTest, FlagsComeFromAFileToo) {
  const ConfigFile file(
      "concurrency=9\ninstance_type=c7i.large\nlocal_time_scale=0.5\npoll_interval=250ms\n");
  const CommandLine line = Parse({file.flag(), "--concurrency=2"});
  EXPECT_EQ(line.launch.concurrency, 2) << "the command line overrides the file";
  EXPECT_EQ(line.launch.instance_type, "c7i.large");
  EXPECT_EQ(line.local.time_scale, 0.5);
  EXPECT_EQ(line.launch.poll_interval, std::chrono::milliseconds(250));
}

TEST(CommandLineTest, GuestsAreAskedUnlessSwitchedOff) {
  EXPECT_TRUE(Parse({}).launch.guest_phases);
  EXPECT_TRUE(Parse({"--guest_phases"}).launch.guest_phases);
  EXPECT_FALSE(Parse({"--guest_phases=false"}).launch.guest_phases);
  const ConfigFile file("guest_phases=false\n");
  EXPECT_FALSE(Parse({file.flag()}).launch.guest_phases);
}

TEST(CommandLineTest, AFileTakesEveryFlag) {
  const ConfigFile file(
      "# measured every night\n"
      "[default]\n"
      "benchmark_filter = ^(Cold|WarmPool/Ssh)/, maybe\n"
      "benchmark_repetitions=7\n"
      "; lists\n"
      "region = [us-east-1,\n"
      "          us-east-2]\n"
      "burst_sizes = 2, 16\n"
      "tags=team=ci,purpose=x\n"
      "--ssh_user = \"admin\"  # as on Debian\n"
      "cold_connections\n"
      "verbose=true\n"
      "yes\n");
  const CommandLine line = Parse({file.flag()});
  EXPECT_THAT(line.benchmark_arguments,
              ElementsAre("launch_bench", "--benchmark_filter=^(Cold|WarmPool/Ssh)/, maybe",
                          "--benchmark_repetitions=7"));
  EXPECT_EQ(line.repetitions, 7);
  EXPECT_THAT(line.launch.regions, ElementsAre("us-east-1", "us-east-2"));
  EXPECT_THAT(line.launch.burst_sizes, ElementsAre(2, 16));
  EXPECT_THAT(line.launch.tags, ElementsAre(Pair("team", "ci"), Pair("purpose", "x")));
  EXPECT_EQ(line.launch.ssh_user, "admin");
  EXPECT_TRUE(line.launch.cold_connections);
  EXPECT_TRUE(line.verbose);
  EXPECT_TRUE(line.yes);
  EXPECT_EQ(line.yes_account, "");
  EXPECT_EQ(Parse({file.flag(), "--benchmark_repetitions=2"}).repetitions, 2);
  EXPECT_THAT(Parse({file.flag(), "--region=eu-west-1"}).launch.regions, ElementsAre("eu-west-1"))
      << "the command line replaces a list";
}

TEST(CommandLineTest, WhatIsWrongInAFileIsNamedWithFileLineAndTheNearestKey) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"concurency=9\n", "unknown flag 'concurency'; did you mean concurrency?"},
      {"benchmark_filtr=x\n", "unknown flag 'benchmark_filtr'; did you mean benchmark_filter?"},
      {"repetitions=3\n", "unknown flag 'repetitions'; did you mean benchmark_repetitions?"},
      {"concurrency=0\n", "--concurrency: must be a whole number from 1 to 1000, not '0'"},
      {"benchmark_repetitions=many\n", "--benchmark_repetitions must be a whole number"},
      {"poll_interval=fast\n", "--poll_interval must be a duration"},
      {"hybrid_sizes=4/2\n", "--hybrid_sizes: a burst of 2"},
      {"ami=\n", "ami needs a value"},
      {"verbose=perhaps\n", "--verbose takes no value, or true or false, not 'perhaps'"},
      {"benchmark_filter\n", "--benchmark_filter needs a value"},
      {"config=other.conf\n", "a file must not name --config"},
      {"interleave=a,b\n", "a file must not name --interleave"},
      {"[section]\n", "sections are not supported"},
  };
  for (const auto& [text, message] : cases) {
    const ConfigFile file("# a comment\n\n" + text);
    EXPECT_THAT(ErrorOf({file.flag()}), testing::StartsWith(file.place(3) + message)) << text;
  }
}

TEST(CommandLineTest, TheLastOfSeveralValuesWins) {
  const CommandLine line =
      Parse({"--concurrency=2", "--concurrency=3", "--cloud=aws", "--cloud=local",
             "--benchmark_repetitions=2", "--benchmark_repetitions=4", "--poll_interval=1s",
             "--poll_interval=2s", "--max_usd=1", "--max_usd=2", "--region=us-east-1",
             "--region=us-east-2", "--results_dir=a", "--results_dir", "b"});
  EXPECT_EQ(line.launch.concurrency, 3);
  EXPECT_EQ(line.cloud, CommandLine::Cloud::kLocal);
  EXPECT_EQ(line.repetitions, 4);
  EXPECT_EQ(line.launch.poll_interval, std::chrono::seconds(2));
  EXPECT_EQ(line.limits.max_usd, 2);
  EXPECT_EQ(line.results_dir, "b");
  EXPECT_THAT(line.launch.regions, ElementsAre("us-east-1", "us-east-2")) << "lists add up";
}

TEST(CommandLineTest, MisspeltNamesGetTheNearest) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"--concurency=3", "unknown flag --concurency; did you mean --concurrency?"},
      {"--benchmark_filtr=Cold",
       "unknown flag --benchmark_filtr; did you mean --benchmark_filter?"},
      {"--filter=Cold", "unknown flag --filter; did you mean --benchmark_filter?"},
      {"--repetitions=3", "unknown flag --repetitions; did you mean --benchmark_repetitions?"},
      {"--hlep", "unknown flag --hlep; did you mean --help?"},
      {"-concurrency=3", "unknown flag -concurrency; did you mean --concurrency?"},
      {"--cloud=asw", "--cloud: must be local, qemu or aws, not 'asw'; did you mean aws?"},
      {"--cloud=qmeu", "--cloud: must be local, qemu or aws, not 'qmeu'; did you mean qemu?"},
      {"--address=ipv5", "not 'ipv5'; did you mean ipv6?"},
      {"--region=us-wset-2", "there is no region 'us-wset-2'; did you mean us-west-2?"},
      {"--region=eu-centrl-1", "did you mean eu-central-1?"},
      {"--region=us-west", "did you mean us-west-1?"},
  };
  for (const auto& [argument, message] : cases)
    EXPECT_THAT(ErrorOf({argument}), HasSubstr(message)) << argument;
  for (const std::string region : {"us-west-9", "mx-west-1", "us-gov-south-1", "moon"})
    EXPECT_EQ(ErrorOf({"--region=" + region}), "(no error)") << region << " may be new";
}

TEST(CommandLineTest, ABareTechniqueIsSuggestedAsAFilter) {
  const std::string suggestion = "'Cold' is not a flag; to measure it: --benchmark_filter=Cold";
  EXPECT_EQ(ErrorOf({"Cold"}), suggestion);
  EXPECT_EQ(ErrorOf({"--region=us-west-2", "Cold"}), suggestion) << "no second region";
  EXPECT_EQ(ErrorOf({"--yes", "Cold"}), suggestion) << "no account";
  EXPECT_EQ(ErrorOf({"--verbose", "Cold"}), suggestion);
  EXPECT_EQ(ErrorOf({"--concurrency", "3", "Cold"}), suggestion);
  EXPECT_THAT(ErrorOf({"WarmPol"}), HasSubstr("did you mean --benchmark_filter=WarmPool?"));
  for (const std::string fleet : {"PrebakedImage", "Fleet/PrebakedImage"})
    EXPECT_EQ(ErrorOf({fleet}),
              "'" + fleet + "' is not a flag; to measure it: --benchmark_filter=" + fleet);
}

TEST(CommandLineTest, TheLibrarysFlagsTakeTheirValueBehindEquals) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"--benchmark_repetitions", "2"},
       "--benchmark_repetitions takes its value after '=': --benchmark_repetitions=2"},
      {{"--benchmark_filter", "Cold"},
       "--benchmark_filter takes its value after '=': --benchmark_filter=Cold"},
      {{"--benchmark_filter"}, "--benchmark_filter needs a value: --benchmark_filter=REGEX"},
      {{"--benchmark_filter", "--verbose"}, "--benchmark_filter needs a value"},
      {{"--benchmark_list_tests=maybe"},
       "--benchmark_list_tests must be true or false, not 'maybe'"},
      {{"--benchmark_report_aggregates_only=2"},
       "--benchmark_report_aggregates_only must be true or false, not '2'"},
      {{"--benchmark_display_aggregates_only=x"},
       "--benchmark_display_aggregates_only must be true or false, not 'x'"},
      {{"--benchmark_color=maybe"}, "--benchmark_color must be auto, yes or no, not 'maybe'"},
      {{"--benchmark_context=a"}, "--benchmark_context requires KEY=VALUE,...; 'a' does not"},
      {{"table", "r.json"}, "'table' is not a flag; that is ./launch_compare"},
      {{"compare", "a.json", "b.json"}, "'compare' is not a flag; that is ./launch_compare"},
      {{"--benchmark_list_tests", "Cold"}, "'Cold' is not a flag; to measure it"},
  };
  for (const auto& [arguments, message] : cases)
    EXPECT_THAT(ErrorOf(arguments), HasSubstr(message)) << arguments.front();
  EXPECT_TRUE(Parse({"--benchmark_list_tests"}).list_tests);
  EXPECT_TRUE(Parse({"--benchmark_list_tests=on"}).list_tests);
  EXPECT_FALSE(Parse({"--benchmark_list_tests=false"}).list_tests);
  for (const std::string when : {"auto", "yes", "no", "true", "0"})
    EXPECT_EQ(Parse({"--benchmark_color=" + when}).color, when);
}

TEST(CommandLineTest, ContextIsKeptFromTheLibraryWhichWouldAddItAgainAndAgain) {
  const CommandLine line = Parse({"--benchmark_context=a=b,c=d=e", "--benchmark_context=f="});
  EXPECT_THAT(line.context, ElementsAre(Pair("a", "b"), Pair("c", "d=e"), Pair("f", "")));
  EXPECT_THAT(line.benchmark_arguments, ElementsAre("launch_bench"));
}

TEST(CommandLineTest, ASwitchIsTrueOrFalse) {
  for (const std::string flag : {"--verbose", "--help", "--print_iam_policy", "--dry_run"}) {
    EXPECT_EQ(ErrorOf({flag + "=maybe"}), flag + " takes no value, or true or false, not 'maybe'");
  }
  EXPECT_TRUE(Parse({"--verbose=on"}).verbose);
  EXPECT_FALSE(Parse({"--verbose=false"}).verbose);
}

TEST(CommandLineTest, FlagsOfTheLocalCloudAreForTheOneThatIsStarted) {
  const std::string message =
      "--local_time_scale describes the local cloud that launch_bench starts, and ";
  EXPECT_EQ(ErrorOf({"--endpoint_url=http://127.0.0.1:9", "--local_time_scale=0.5"}),
            message + "--endpoint_url names another; remove one of them");
  EXPECT_EQ(ErrorOf({"--cloud=aws", "--local_time_scale=0.5"}),
            message + "--cloud=aws names another; remove one of them");
  const ConfigFile file("local_time_scale=0.5\n");
  EXPECT_EQ(ErrorOf({file.flag(), "--cloud=aws"}), "(no error)") << "a file is for several runs";
}

TEST(CommandLineTest, TheMachinesOfALocalCloudMayBeVirtualMachines) {
  EXPECT_EQ(Parse({}).local.qemu_image, "") << "modelled";
  const CommandLine line = Parse({"--cloud=qemu"});
  EXPECT_EQ(line.cloud, CommandLine::Cloud::kQemu);
  EXPECT_TRUE(line.starts_local_cloud());
  EXPECT_TRUE(line.starts_virtual_machines());
  EXPECT_EQ(line.local.qemu_image, "debian");
  EXPECT_EQ(line.launch.concurrency, 1);
  EXPECT_FALSE(line.concurrency_given);
  EXPECT_FALSE(line.launch_timeout_given);
  EXPECT_THAT(line.launch.regions, ElementsAre("us-west-2"));
  EXPECT_FALSE(Parse({"--cloud=qemu", "--endpoint_url=http://127.0.0.1:9"}).starts_local_cloud());

  const ConfigFile file("cloud=qemu\nqemu_image=small\nconcurrency=2\nlaunch_timeout=90s\n");
  const CommandLine given = Parse({file.flag()});
  EXPECT_EQ(given.local.qemu_image, "small");
  EXPECT_EQ(given.launch.concurrency, 2);
  EXPECT_TRUE(given.concurrency_given);
  EXPECT_TRUE(given.launch_timeout_given);
  const ConfigFile image("");
  EXPECT_EQ(Parse({"--cloud=qemu", "--qemu_image=" + image.path()}).local.qemu_image, image.path());
  EXPECT_THAT(HelpText(), HasSubstr("--qemu_image"));
}

TEST(CommandLineTest, WhatVirtualMachinesCannotDoIsRefused) {
  for (const std::string flag :
       {"--local_time_scale", "--local_profile", "--local_seed", "--local_rtt"}) {
    EXPECT_EQ(ErrorOf({"--cloud=qemu", flag + "=1"}),
              flag +
                  " describes a modelled cloud, and --cloud=qemu models nothing; remove one of "
                  "them");
  }
  const std::string image = "--qemu_image chooses the image of the machines of --cloud=qemu; ";
  EXPECT_EQ(ErrorOf({"--qemu_image=small"}), image + "add that flag, or remove this one");
  EXPECT_EQ(ErrorOf({"--qemu_image=small", "--cloud=aws"}),
            image + "add that flag, or remove this one");
  EXPECT_EQ(ErrorOf({"--qemu_image=small", "--cloud=qemu", "--endpoint_url=http://127.0.0.1:9"}),
            image + "--endpoint_url names another cloud; remove one of them");
  EXPECT_EQ(ErrorOf({"--cloud=qemu", "--qemu_image=debain"}),
            "--qemu_image: 'debain' is neither debian nor small nor a file; did you mean debian?");
  EXPECT_EQ(ErrorOf({"--cloud=qemu", "--address=ipv6"}),
            "--address=ipv6: the machines of --cloud=qemu have IPv4 addresses only; use public or "
            "private");
  EXPECT_EQ(ErrorOf({"--cloud=qemu", "--address=private"}), "(no error)");
  const ConfigFile file("local_time_scale=0.5\nqemu_image=small\n");
  EXPECT_EQ(ErrorOf({file.flag(), "--cloud=qemu"}), "(no error)") << "a file is for several runs";
  EXPECT_EQ(ErrorOf({file.flag()}), "(no error)");
}

TEST(CommandLineTest, VirtualMachinesAreNotInterleaved) {
  const ConfigFile qemu("cloud=qemu\nconcurrency=1\n");
  const ConfigFile local("concurrency=1\n");
  for (const ConfigFile* first : {&qemu, &local}) {
    try {
      ParseInterleaved({"launch_bench", "--interleave=" + first->path() + "," + qemu.path()});
      FAIL() << "accepted";
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), HasSubstr(": --interleave does not work with --cloud=qemu"));
    }
  }
}

TEST(CommandLineTest, AMisspeltInstanceTypeIsRefusedByTheFlagThatNamesIt) {
  EXPECT_EQ(ErrorOf({"--instance_types=t3.medium,m7i.larg"}),
            "--instance_types: there is no instance type 'm7i.larg'; did you mean m7i.large?");
  EXPECT_EQ(ErrorOf({"--instance_type=m7i.larg"}),
            "--instance_type: there is no instance type 'm7i.larg'; did you mean m7i.large?");
  for (const std::string type : {"m7i.56xlarge", "m7i.metal-24xl", "x9.huge", "u-6tb1.metal"})
    EXPECT_EQ(ErrorOf({"--instance_type=" + type}), "(no error)") << type << " may be new";
  EXPECT_EQ(ErrorOf({"--instance_type=m7i.larg", "--endpoint_url=http://127.0.0.1:9"}),
            "(no error)");
}

TEST(CommandLineTest, AnInterleavedFileThatCannotBeReadIsNamedByItsFlag) {
  try {
    ParseInterleaved({"launch_bench", "--interleave=/none/a,/none/b"});
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("--interleave: cannot read /none/a"));
  }
}

TEST(CommandLineTest, ValuesMayFollowTheirFlag) {
  const CommandLine line = Parse({"--region", "us-east-1", "us-east-2", "--concurrency", "3",
                                  "--yes", "123456789012", "--cleanup", "all"});
  EXPECT_THAT(line.launch.regions, ElementsAre("us-east-1", "us-east-2"));
  EXPECT_EQ(line.launch.concurrency, 3);
  EXPECT_EQ(line.yes_account, "123456789012");
  EXPECT_EQ(line.cleanup, CommandLine::Cleanup::kAll);
  EXPECT_THAT(ErrorOf({"--ami", "--cloud=aws"}), HasSubstr("--ami needs a value: --ami=IMAGE"));
  EXPECT_THAT(ErrorOf({"--ami=", "--cloud=aws"}), HasSubstr("--ami needs a value"));
}

TEST(CommandLineTest, HelpAndVersionGoBeforeEverythingElse) {
  EXPECT_TRUE(Parse({"--nonsense", "-h"}).show_help);
  EXPECT_TRUE(Parse({"--help"}).show_help);
  EXPECT_TRUE(Parse({"--version", "--nonsense"}).show_version);
}

TEST(CommandLineTest, HelpNamesEveryFlagOfTheContract) {
  const std::string help = HelpText();
  for (const char* flag : {"--cloud",
                           "--endpoint_url",
                           "--region",
                           "--instance_type",
                           "--ami",
                           "--subnet_id",
                           "--security_group_id",
                           "--ssh_cidr",
                           "--address",
                           "--tags",
                           "--iam_instance_profile",
                           "--ssh_user",
                           "--ssh_port",
                           "--concurrency",
                           "--poll_interval",
                           "--launch_timeout",
                           "--results_dir",
                           "--yes",
                           "--local_profile",
                           "--local_time_scale",
                           "--local_rtt",
                           "--local_seed",
                           "--config",
                           "--benchmark_filter",
                           "--benchmark_repetitions"}) {
    EXPECT_THAT(help, HasSubstr(flag));
  }
}

TEST(CommandLineTest, NumbersAndDurationsAreDecimal) {
  const std::vector<std::string> durations = {"--poll_interval", "--launch_timeout",
                                              "--cleanup_timeout", "--max_lifetime"};
  const std::vector<std::string> numbers = {
      "--local_time_scale", "--local_rtt",    "--local_seed",           "--ssh_port",
      "--ebs_sizes",        "--burst_sizes",  "--concurrency",          "--max_instances",
      "--max_usd",          "--hybrid_sizes", "--benchmark_repetitions"};
  for (const auto* flags : {&durations, &numbers}) {
    for (const std::string& flag : *flags) {
      for (const std::string value : {"nan", "-nan", "inf", "-inf", "infinity", "1e400", "-1",
                                      "0x10", "0x1p3", "1 s 2", "1,x", "one", " 1"})
        EXPECT_THAT(ErrorOf({flag + "=" + value}), HasSubstr(flag)) << flag << "=" << value;
    }
  }
  for (const std::string flag :
       {"--concurrency=010", "--local_seed=007", "--ssh_port=0", "--ssh_port=65536",
        "--burst_sizes=2,0x4", "--ssh_port=99999999999999999999", "--ebs_sizes=1e3"})
    EXPECT_THAT(ErrorOf({flag}), HasSubstr(flag.substr(0, flag.find('=')))) << flag;
  EXPECT_EQ(Parse({"--local_seed=18446744073709551615"}).local.seed, 18446744073709551615U);
  EXPECT_EQ(Parse({"--local_time_scale=1e-1"}).local.time_scale, 0.1);
}

}  // namespace
}  // namespace suites
