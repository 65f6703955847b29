// Runs the stock AWS CLI against `localcloud serve`. It parses the answers with AWS's own models,
// which are independent of this project.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <tuple>

#include "localcloud/loop/temporary_directory.h"
#include "tests/localcloud/http_client.h"
#include "tests/support/build_paths.h"
#include "tests/support/child_process.h"
#include "tests/support/local_cloud.h"
#include "tests/support/wait_until.h"

namespace localcloud {
namespace {

using test_support::ChildProcess;
using test_support::LocalCloud;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const char* const kAws = "/usr/bin/aws";

// The CLI speaks JSON to SQS since 1.29.86 and 2.13.36. Older versions use a protocol that the
// local cloud does not have.
bool SpeaksJsonToSqs(const std::string& program) {
  try {
    ChildProcess process({program, "--version"}, {});
    if (process.Wait() != 0) return false;
    int major = 0;
    int minor = 0;
    int patch = 0;
    if (std::sscanf(process.output().c_str(), "aws-cli/%d.%d.%d", &major, &minor, &patch) != 3)
      return false;
    return std::tuple(minor, patch) >= (major == 1 ? std::tuple(29, 86) : std::tuple(13, 36));
  } catch (const std::exception&) {
    return false;  // not installed
  }
}

class AwsCliTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kAws)) GTEST_SKIP() << "no AWS CLI at " << kAws;
    cloud_ = std::make_unique<LocalCloud>(test_support::ProgramPath("localcloud"),
                                          std::vector<std::string>{"--time_scale=0.01", "--rtt=0"});
  }

  // Returns standard output without its last line break, or standard error if the CLI fails.
  std::string Aws(const std::string& words) {
    std::vector<std::string> command = {program_, "--output", "text", "--region", "us-west-2"};
    std::string word;
    for (const char c : words + " ") {
      if (c != ' ') {
        word += c;
      } else if (!word.empty()) {
        command.push_back(word);
        word.clear();
      }
    }
    auto environment = cloud_->Environment();
    environment["AWS_PAGER"] = "";
    environment["AWS_ENDPOINT_URL"] = "";
    environment["AWS_CONFIG_FILE"] = "/dev/null";
    environment["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null";
    command.insert(command.end(), {"--endpoint-url", cloud_->endpoint_url()});
    ChildProcess process(command, environment);
    status_ = process.Wait();
    std::string text = status_ == 0 ? process.output() : process.errors();
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }
  std::string LatestImage() {
    return Aws(
        "ssm get-parameter --query Parameter.Value --name "
        "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64");
  }
  std::string RunOne(const std::string& more = "") {
    return Aws(
        "ec2 run-instances --instance-type m7i.large --query Instances[0].InstanceId "
        "--image-id " +
        LatestImage() + " " + more);
  }

  std::string program_ = kAws;
  std::unique_ptr<LocalCloud> cloud_;
  int status_ = -1;
};

TEST_F(AwsCliTest, RunsDescribesWaitsForAndTerminatesInstances) {
  const std::string id =
      RunOne("--tag-specifications ResourceType=instance,Tags=[{Key=run,Value=r-1}]");
  ASSERT_THAT(id, StartsWith("i-"));
  Aws("ec2 wait instance-running --instance-ids " + id);
  EXPECT_EQ(status_, 0);
  EXPECT_EQ(Aws("ec2 describe-instances --filters Name=tag:run,Values=r-* "
                "Name=instance-state-name,Values=running "
                "--query Reservations[].Instances[].[InstanceId,InstanceType,State.Name]"),
            id + "\tm7i.large\trunning");
  EXPECT_THAT(Aws("ec2 describe-instances --query Reservations[].Instances[].PublicIpAddress"),
              StartsWith("127.100."));
  Aws("ec2 wait instance-status-ok --instance-ids " + id);
  EXPECT_EQ(status_, 0);
  EXPECT_EQ(Aws("ec2 terminate-instances --query TerminatingInstances[].[PreviousState.Name,"
                "CurrentState.Name] --instance-ids " +
                id),
            "running\tshutting-down");
  Aws("ec2 wait instance-terminated --instance-ids " + id);
  EXPECT_EQ(status_, 0);
}

TEST_F(AwsCliTest, StopsAndStarts) {
  const std::string id = RunOne();
  Aws("ec2 wait instance-running --instance-ids " + id);
  EXPECT_EQ(Aws("ec2 stop-instances --query StoppingInstances[].CurrentState.Name "
                "--instance-ids " +
                id),
            "stopping");
  Aws("ec2 wait instance-stopped --instance-ids " + id);
  EXPECT_EQ(status_, 0);
  EXPECT_EQ(Aws("ec2 start-instances --query StartingInstances[].CurrentState.Name "
                "--instance-ids " +
                id),
            "pending");
  Aws("ec2 wait instance-running --instance-ids " + id);
  const std::string made =
      Aws("ec2 create-image --name cli-image --no-reboot --query ImageId "
          "--instance-id " +
          id);
  EXPECT_THAT(made, StartsWith("ami-"));
  Aws("ec2 wait image-available --image-ids " + made);
  EXPECT_EQ(status_, 0);
  EXPECT_EQ(Aws("ec2 describe-images --owners self --query Images[].[Name,State]"),
            "cli-image\tavailable");
}

TEST_F(AwsCliTest, RebootsAndChangesTheType) {
  const std::string id = RunOne();
  Aws("ec2 wait instance-running --instance-ids " + id);
  Aws("ec2 reboot-instances --instance-ids " + id);
  EXPECT_EQ(status_, 0);
  Aws("ec2 wait instance-status-ok --instance-ids " + id);
  EXPECT_EQ(status_, 0);
  const std::string change =
      "ec2 modify-instance-attribute --instance-type m7i.xlarge --instance-id " + id;
  EXPECT_THAT(Aws(change), HasSubstr("IncorrectInstanceState"));
  Aws("ec2 stop-instances --instance-ids " + id);
  Aws("ec2 wait instance-stopped --instance-ids " + id);
  Aws(change);
  EXPECT_EQ(status_, 0);
  EXPECT_EQ(Aws("ec2 describe-instances --filters Name=platform-details,Values=Linux/UNIX "
                "--query Reservations[].Instances[].[InstanceType,MetadataOptions.HttpTokens]"),
            "m7i.xlarge\trequired");
}

TEST_F(AwsCliTest, GroupsKeysAndTags) {
  const std::string group =
      Aws("ec2 create-security-group --group-name g --description d --query GroupId");
  ASSERT_THAT(group, StartsWith("sg-"));
  EXPECT_EQ(Aws("ec2 authorize-security-group-ingress --protocol tcp --port 22 --cidr "
                "127.0.0.1/32 --query Return --group-id " +
                group),
            "True");
  EXPECT_EQ(Aws("ec2 describe-security-groups --query "
                "SecurityGroups[0].IpPermissions[0].[FromPort,IpRanges[0].CidrIp] "
                "--group-ids " +
                group),
            "22\t127.0.0.1/32");
  EXPECT_THAT(Aws("ec2 create-key-pair --key-name k --key-type ed25519 --query KeyMaterial"),
              StartsWith("-----BEGIN OPENSSH PRIVATE KEY-----"));
  EXPECT_EQ(Aws("ec2 describe-key-pairs --query KeyPairs[].[KeyName,KeyType]"), "k\ted25519");
  Aws("ec2 create-tags --tags Key=a,Value=b --resources " + group);
  EXPECT_EQ(status_, 0);
  EXPECT_EQ(Aws("ec2 describe-tags --query Tags[].[Key,ResourceType,Value]"),
            "a\tsecurity-group\tb");
  Aws("ec2 delete-security-group --group-id " + group);
  EXPECT_EQ(status_, 0);
}

TEST_F(AwsCliTest, PlacesAddressesAndIdentity) {
  EXPECT_EQ(Aws("sts get-caller-identity --query Account"), "000000000000");
  EXPECT_THAT(Aws("ec2 describe-availability-zones --query AvailabilityZones[].ZoneName"),
              StartsWith("us-west-2a\tus-west-2b"));
  EXPECT_EQ(Aws("ec2 describe-instance-types --instance-types m7i.large --query "
                "InstanceTypes[0].[VCpuInfo.DefaultVCpus,MemoryInfo.SizeInMiB,"
                "ProcessorInfo.SupportedArchitectures[0],HibernationSupported]"),
            "2\t8192\tx86_64\tTrue");
  const std::string address = Aws("ec2 allocate-address --query AllocationId");
  EXPECT_EQ(Aws("ec2 describe-addresses --query Addresses[].AllocationId"), address);
  Aws("ec2 release-address --allocation-id " + address);
  EXPECT_EQ(status_, 0);
  const std::string subnet = Aws("ec2 describe-subnets --query Subnets[0].SubnetId");
  const std::string eni =
      Aws("ec2 create-network-interface --query "
          "NetworkInterface.NetworkInterfaceId --subnet-id " +
          subnet);
  EXPECT_EQ(Aws("ec2 describe-network-interfaces --query NetworkInterfaces[].[Status] "
                "--network-interface-ids " +
                eni),
            "available");
}

TEST_F(AwsCliTest, AttributesVolumesConsoleAndPages) {
  const std::string id = RunOne(
      "--count 6 --block-device-mappings "
      "DeviceName=/dev/xvda,Ebs={VolumeSize=20}");
  // With text output, the CLI applies a query to each page.
  EXPECT_EQ(Aws("ec2 describe-instances --page-size 5 --query length(Reservations[].Instances[])"),
            "5\n1");
  EXPECT_EQ(Aws("ec2 describe-volumes --query Volumes[].[Size,State,Attachments[0].Device] "
                "--filters Name=attachment.instance-id,Values=" +
                id),
            "20\tin-use\t/dev/xvda");
  Aws("ec2 wait instance-running --instance-ids " + id);
  Aws("ec2 modify-instance-attribute --disable-api-termination --instance-id " + id);
  EXPECT_EQ(status_, 0);
  EXPECT_THAT(Aws("ec2 terminate-instances --instance-ids " + id),
              HasSubstr("(OperationNotPermitted)"));
  Aws("ec2 modify-instance-attribute --no-disable-api-termination --instance-id " + id);
  Aws("ec2 modify-instance-attribute --instance-initiated-shutdown-behavior terminate "
      "--instance-id " +
      id);
  EXPECT_EQ(Aws("ec2 describe-instance-attribute --attribute instanceInitiatedShutdownBehavior "
                "--query InstanceInitiatedShutdownBehavior.Value --instance-id " +
                id),
            "terminate");
  Aws("ec2 wait instance-status-ok --instance-ids " + id);
  EXPECT_THAT(Aws("ec2 get-console-output --latest --query Output --instance-id " + id),
              HasSubstr("SSH HOST KEY FINGERPRINTS"));
  EXPECT_THAT(Aws("ec2 terminate-instances --dry-run --instance-ids " + id),
              HasSubstr("(DryRunOperation)"));
}

TEST_F(AwsCliTest, NetworksOfOnesOwn) {
  const std::string vpc = Aws("ec2 create-vpc --cidr-block 10.9.0.0/16 --query Vpc.VpcId");
  ASSERT_THAT(vpc, StartsWith("vpc-"));
  const std::string subnet =
      Aws("ec2 create-subnet --cidr-block 10.9.1.0/24 --query Subnet.SubnetId --vpc-id " + vpc);
  const std::string gateway =
      Aws("ec2 create-internet-gateway --query InternetGateway.InternetGatewayId");
  Aws("ec2 attach-internet-gateway --internet-gateway-id " + gateway + " --vpc-id " + vpc);
  const std::string table =
      Aws("ec2 describe-route-tables --query RouteTables[0].RouteTableId --filters "
          "Name=vpc-id,Values=" +
          vpc);
  EXPECT_EQ(Aws("ec2 create-route --destination-cidr-block 0.0.0.0/0 --query Return "
                "--gateway-id " +
                gateway + " --route-table-id " + table),
            "True");
  EXPECT_THAT(Aws("ec2 delete-vpc --vpc-id " + vpc), HasSubstr("(DependencyViolation)"));
  Aws("ec2 detach-internet-gateway --internet-gateway-id " + gateway + " --vpc-id " + vpc);
  Aws("ec2 delete-internet-gateway --internet-gateway-id " + gateway);
  Aws("ec2 delete-subnet --subnet-id " + subnet);
  Aws("ec2 delete-vpc --vpc-id " + vpc);
  EXPECT_EQ(status_, 0);
}

TEST_F(AwsCliTest, BucketsAndObjects) {
  const TemporaryDirectory directory;
  const std::string sent = directory.path() + "/sent";
  const std::string got = directory.path() + "/got";
  std::ofstream(sent) << std::string(3'000'000, 'x') << "end";
  EXPECT_EQ(Aws("s3 mb s3://bucket1"), "make_bucket: bucket1");
  Aws("s3 cp --quiet " + sent + " s3://bucket1/dir/a+b.txt");
  EXPECT_EQ(status_, 0);
  EXPECT_THAT(Aws("s3 ls s3://bucket1/"), HasSubstr("PRE dir/"));
  EXPECT_EQ(Aws("s3api list-objects-v2 --bucket bucket1 --query Contents[].[Key,Size]"),
            "dir/a+b.txt\t3000003");
  Aws("s3 cp --quiet s3://bucket1/dir/a+b.txt " + got);
  EXPECT_EQ(std::filesystem::file_size(got), 3'000'003u);
  EXPECT_THAT(Aws("s3 rb s3://bucket1"), HasSubstr("(BucketNotEmpty)"));
  Aws("s3 rb --force s3://bucket1");
  EXPECT_EQ(Aws("s3 ls"), "");
}

TEST_F(AwsCliTest, PresignedUrls) {
  Aws("s3 mb s3://bucket1");
  const TemporaryDirectory directory;
  const std::string sent = directory.path() + "/sent";
  std::ofstream(sent) << "content";
  Aws("s3 cp --quiet " + sent + " s3://bucket1/dir/a+b.txt");
  const std::string url = Aws("s3 presign --expires-in 60 s3://bucket1/dir/a+b.txt");
  ASSERT_THAT(url, HasSubstr("X-Amz-Signature="));
  HttpClient client;
  const HttpAnswer got = client.Send(url, "", "", "");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "content");
  const HttpAnswer altered = client.Send(url + "0", "", "", "");
  EXPECT_EQ(altered.status, 403);
  EXPECT_THAT(altered.body, HasSubstr("<Code>SignatureDoesNotMatch</Code>"));
}

TEST_F(AwsCliTest, QueuesAndMessages) {
  for (const char* program : {kAws, "aws"}) {
    if (SpeaksJsonToSqs(program)) program_ = program;
  }
  if (!SpeaksJsonToSqs(program_)) GTEST_SKIP() << "no AWS CLI that speaks JSON to SQS";
  const std::string url =
      Aws("sqs create-queue --queue-name lb-1-tasks --tags launch-bench:run=lb-1 "
          "--attributes VisibilityTimeout=60");
  // SQS: "you must wait at least one second after the queue is created" before it can be used.
  test_support::WaitUntil("the queue",
                          [&] { return Aws("sqs get-queue-url --queue-name lb-1-tasks") == url; });
  EXPECT_EQ(Aws("sqs list-queue-tags --query Tags --queue-url " + url), "lb-1");
  // The CLI verifies the checksums that come with the answers.
  Aws("sqs send-message --message-body t1 --queue-url " + url);
  EXPECT_EQ(status_, 0);
  Aws("sqs send-message-batch --entries Id=1,MessageBody=t2 Id=2,MessageBody=t3 --queue-url " +
      url);
  const std::string receipt = Aws(
      "sqs receive-message --wait-time-seconds 5 --query Messages[].ReceiptHandle --queue-url " +
      url);
  Aws("sqs change-message-visibility --visibility-timeout 90 --receipt-handle " + receipt +
      " --queue-url " + url);
  EXPECT_EQ(status_, 0);
  Aws("sqs delete-message --receipt-handle " + receipt + " --queue-url " + url);
  EXPECT_EQ(Aws("sqs get-queue-attributes --attribute-names ApproximateNumberOfMessages "
                "--query Attributes.ApproximateNumberOfMessages --queue-url " +
                url),
            "2");
  Aws("sqs delete-queue --queue-url " + url);
  EXPECT_THAT(Aws("sqs get-queue-url --queue-name lb-1-tasks"), HasSubstr("NonExistentQueue"));
}

TEST_F(AwsCliTest, SeesEc2sErrors) {
  EXPECT_THAT(Aws("ec2 describe-instances --instance-ids i-0123456789abcdef0"),
              HasSubstr("(InvalidInstanceID.NotFound)"));
  EXPECT_NE(status_, 0);
  EXPECT_THAT(RunOne("--dry-run"), HasSubstr("(DryRunOperation)"));
  EXPECT_THAT(RunOne("--key-name none"), HasSubstr("(InvalidKeyPair.NotFound)"));
}

}  // namespace
}  // namespace localcloud
