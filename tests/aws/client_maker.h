// Makes clients of a scripted server, for the tests in this folder.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "aws/client.h"
#include "tests/support/scripted_http_server.h"

namespace aws {

// The waits are short, so that tests of retries are short.
inline ClientConfig ConfigFor(const std::string& url, const std::string& service = "ec2") {
  ClientConfig config;
  config.service = service;
  config.region = "us-west-2";
  config.endpoint_url = url;
  config.credentials = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "",
                        "environment"};
  config.retry.base = std::chrono::milliseconds(2);
  config.retry.cap = std::chrono::milliseconds(10);
  return config;
}

inline std::shared_ptr<Client> ClientFor(const test_support::ScriptedHttpServer& server,
                                         const std::string& service = "ec2") {
  return std::make_shared<Client>(ConfigFor(server.url(), service));
}

// Returns an EC2 answer: <actionResponse> with a request id and `inner`.
inline test_support::ScriptedAnswer Ec2Answer(const std::string& action, const std::string& inner) {
  test_support::ScriptedAnswer answer;
  answer.headers = {"Content-Type: text/xml;charset=UTF-8"};
  answer.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" + action +
                "Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\n" +
                "<requestId>8f7724cf-496f-496e-8fe3-example</requestId>\n" + inner + "\n</" +
                action + "Response>";
  return answer;
}

inline test_support::ScriptedAnswer Ec2Failure(int status, const std::string& code,
                                               const std::string& message) {
  test_support::ScriptedAnswer answer;
  answer.status = status;
  answer.headers = {"Content-Type: text/xml;charset=UTF-8"};
  answer.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>" +
                code + "</Code><Message>" + message +
                "</Message></Error></Errors><RequestID>ea966190-f9aa-478e-9ede-example</RequestID>"
                "</Response>";
  return answer;
}

// Calls RunInstances, with a token.
inline std::string CallRun(Client& client, const CallOptions& options) {
  return client.CallQuery("RunInstances", "2016-11-15", {{"ClientToken", "token-1"}}, options);
}

// Returns the Error that `call` throws. If it throws none, the test fails.
template <typename Call>
Error ErrorOf(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no aws::Error was thrown";
  return Error({});
}

}  // namespace aws
