// The answer to a describe of 1,000 machines, beside pugixml's parse of the same text alone. Both
// copy the text once, as the receipt of an answer does.
#include <fmt/format.h>

#include <memory>
#include <pugixml.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "aws/client.h"
#include "aws/ec2.h"
#include "aws/http_transport.h"
#include "aws/tasks/future.h"
#include "bench/measure.h"

namespace bench {
namespace {

constexpr int kMachines = 1000;

// One machine, with what EC2 says of each: some 3 KB. The number makes the ids differ.
std::string MachineXml(int number) {
  return fmt::format(
      R"(<item><reservationId>r-{0:017x}</reservationId><ownerId>123456789012</ownerId><groupSet/>)"
      R"(<instancesSet><item><instanceId>i-{0:017x}</instanceId><imageId>ami-0123456789abcdef0</imageId>)"
      R"(<instanceState><code>16</code><name>running</name></instanceState>)"
      R"(<privateDnsName>ip-10-0-{1}-{2}.us-west-2.compute.internal</privateDnsName>)"
      R"(<dnsName>ec2-203-0-{1}-{2}.us-west-2.compute.amazonaws.com</dnsName><reason/>)"
      R"(<keyName>launch-bench</keyName><amiLaunchIndex>0</amiLaunchIndex><productCodes/>)"
      R"(<instanceType>m7i.large</instanceType><launchTime>2026-01-01T00:00:00.000Z</launchTime>)"
      R"(<placement><availabilityZone>us-west-2a</availabilityZone><groupName/>)"
      R"(<tenancy>default</tenancy></placement><monitoring><state>disabled</state></monitoring>)"
      R"(<subnetId>subnet-0123456789abcdef0</subnetId><vpcId>vpc-0123456789abcdef0</vpcId>)"
      R"(<privateIpAddress>10.0.{1}.{2}</privateIpAddress><ipAddress>203.0.{1}.{2}</ipAddress>)"
      R"(<sourceDestCheck>true</sourceDestCheck><groupSet><item>)"
      R"(<groupId>sg-0123456789abcdef0</groupId><groupName>launch-bench</groupName></item></groupSet>)"
      R"(<architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType>)"
      R"(<rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping><item>)"
      R"(<deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-{0:017x}</volumeId>)"
      R"(<status>attached</status><attachTime>2026-01-01T00:00:00.000Z</attachTime>)"
      R"(<deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping>)"
      R"(<virtualizationType>hvm</virtualizationType><clientToken>{0:032x}</clientToken><tagSet>)"
      R"(<item><key>Name</key><value>launch-bench</value></item>)"
      R"(<item><key>launch-bench:run</key><value>lb-20260101-000000-012345</value></item></tagSet>)"
      R"(<hypervisor>xen</hypervisor><networkInterfaceSet><item>)"
      R"(<networkInterfaceId>eni-{0:017x}</networkInterfaceId>)"
      R"(<subnetId>subnet-0123456789abcdef0</subnetId><vpcId>vpc-0123456789abcdef0</vpcId>)"
      R"(<description/><ownerId>123456789012</ownerId><status>in-use</status>)"
      R"(<macAddress>0a:00:00:00:00:01</macAddress><privateIpAddress>10.0.{1}.{2}</privateIpAddress>)"
      R"(<attachment><attachmentId>eni-attach-{0:017x}</attachmentId><deviceIndex>0</deviceIndex>)"
      R"(<status>attached</status><deleteOnTermination>true</deleteOnTermination></attachment>)"
      R"(<association><publicIp>203.0.{1}.{2}</publicIp><ipOwnerId>amazon</ipOwnerId></association>)"
      R"(<ipv6AddressesSet/></item></networkInterfaceSet><ebsOptimized>false</ebsOptimized>)"
      R"(<enaSupport>true</enaSupport><hibernationOptions><configured>false</configured></hibernationOptions>)"
      R"(<metadataOptions><state>applied</state><httpTokens>required</httpTokens>)"
      R"(<httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint></metadataOptions>)"
      R"(</item></instancesSet></item>)",
      number, number / 250, number % 250);
}

std::string DescribeAnswer() {
  std::string text =
      R"(<?xml version="1.0" encoding="UTF-8"?>)"
      R"(<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">)"
      R"(<requestId>01234567-89ab-cdef-0123-456789abcdef</requestId><reservationSet>)";
  for (int number = 0; number < kMachines; ++number) text += MachineXml(number);
  return text + "</reservationSet></DescribeInstancesResponse>";
}

// Answers every request at once, with a copy of the same text.
class StoredAnswer : public aws::HttpTransport {
 public:
  explicit StoredAnswer(std::string text) : text_(std::move(text)) {}

  std::vector<aws::Future<aws::HttpOutcome>> Start(
      std::vector<aws::HttpRequest> requests) override {
    std::vector<aws::Future<aws::HttpOutcome>> outcomes;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      aws::HttpResponse response;
      response.status = 200;
      response.content_type = "text/xml;charset=UTF-8";
      response.body = text_;
      aws::Promise<aws::HttpOutcome> outcome;
      outcome.set_value({{}, std::move(response)});
      outcomes.push_back(outcome.get_future());
    }
    return outcomes;
  }

 private:
  const std::string text_;
};

void ParseDescribe(benchmark::State& state) {
  aws::ClientConfig config;
  config.service = "ec2";
  config.region = "us-west-2";
  config.endpoint_url = "http://127.0.0.1:1";
  config.credentials = {"id", "secret", "", "here"};
  aws::Ec2 ec2(std::make_shared<aws::Client>(std::move(config),
                                             std::make_unique<StoredAnswer>(DescribeAnswer())));
  Measure(state, [&] {
    if (ec2.DescribeInstances({}, {}).size() != kMachines)
      throw std::runtime_error("the answer has another number of machines");
  });
}
BENCHMARK(ParseDescribe)->Name("Parse/Describe")->Unit(benchmark::kMillisecond);

void ParseDescribeFloor(benchmark::State& state) {
  const std::string text = DescribeAnswer();
  Measure(state, [&] {
    const std::string copy = text;
    pugi::xml_document document;
    if (!document.load_buffer(copy.data(), copy.size()))
      throw std::runtime_error("the answer does not parse");
  });
}
BENCHMARK(ParseDescribeFloor)->Name("Parse/Floor")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bench
