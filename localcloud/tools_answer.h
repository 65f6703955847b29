// What the endpoint tells tests and tools on this host, below /_localcloud/ (gateway.h).
#pragma once

#include <string>

#include "localcloud/http/http_message.h"

namespace localcloud {

class Cloud;

// Returns the answer to GET `path`: 404 for a path that is none of these. From the event loop's
// thread only.
HttpResponse ToolsAnswer(Cloud& cloud, const std::string& path);

}  // namespace localcloud
