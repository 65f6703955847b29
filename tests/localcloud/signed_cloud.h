// A `localcloud serve` process with one or more instances, whose user data the test chooses.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <string>
#include <vector>

#include "tests/localcloud/http_client.h"
#include "tests/support/build_paths.h"
#include "tests/support/local_cloud.h"
#include "tests/support/wait_until.h"

namespace localcloud {

class SignedCloud {
 public:
  const std::string& endpoint_url() const { return cloud_.endpoint_url(); }
  pid_t pid() const { return cloud_.pid(); }
  test_support::ChildProcess& process() { return cloud_.process(); }

  HttpAnswer Call(const std::string& form, const std::string& scope = "us-west-2:ec2",
                  const std::vector<std::string>& headers = {}) {
    return client_.Send(cloud_.endpoint_url() + "/", form,
                        cloud_.access_key_id() + ":" + cloud_.secret_access_key(), scope, headers);
  }
  static std::string Element(const HttpAnswer& answer, const std::string& name) {
    pugi::xml_document document;
    document.load_string(answer.body.c_str());
    return document.select_node(("//" + name).c_str()).node().text().get();
  }

  // Starts `count` instances and returns the id of the first.
  std::string Launch(const std::string& user_data, int count) {
    const HttpAnswer image =
        Call(R"({"Name": "/aws/service/ami-amazon-linux-latest/)"
             R"(al2023-ami-kernel-default-x86_64"})",
             "us-west-2:ssm",
             {"Content-Type: application/x-amz-json-1.1", "X-Amz-Target: AmazonSSM.GetParameter"});
    const std::string ami = nlohmann::json::parse(image.body)["Parameter"]["Value"];
    const std::string number = std::to_string(count);
    const HttpAnswer run =
        Call("Action=RunInstances&Version=2016-11-15&InstanceType=t3.micro&MinCount=" + number +
             "&MaxCount=" + number + "&ImageId=" + ami + "&UserData=" + Escape(Encode(user_data)));
    EXPECT_EQ(run.status, 200) << run.body;
    return Element(run, "instanceId");
  }
  // Blocks until the text contains `wanted`, and returns it.
  std::string ConsoleOf(const std::string& id, const std::string& wanted) {
    std::string console;
    test_support::WaitUntil(wanted + " on the console", [&] {
      console = Decode(
          Element(Call("Action=GetConsoleOutput&Version=2016-11-15&InstanceId=" + id), "output"));
      return console.find(wanted) != std::string::npos;
    });
    return console;
  }

 private:
  static std::string Encode(const std::string& text) {
    std::string out(text.size() * 2 + 4, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
  }
  static std::string Decode(const std::string& text) {
    std::string out(text.size() + 4, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    const auto padding = static_cast<std::size_t>(std::count(text.begin(), text.end(), '='));
    out.resize(size < 0 ? 0 : static_cast<std::size_t>(size) - padding);
    return out;
  }
  // Encodes text in Base64 for a form.
  static std::string Escape(const std::string& text) {
    std::string form;
    for (const char c : text) {
      if (c == '+') {
        form += "%2B";
      } else if (c == '/') {
        form += "%2F";
      } else if (c == '=') {
        form += "%3D";
      } else {
        form += c;
      }
    }
    return form;
  }

  HttpClient client_;
  test_support::LocalCloud cloud_{test_support::ProgramPath("localcloud"),
                                  {"--time_scale=0", "--rtt=0"}};
};

}  // namespace localcloud
