// The endpoint's answers to tests and tools on this host, below /_localcloud/ (gateway.h).
#pragma once

#include <string>

#include "localcloud/http/http_message.h"

namespace localcloud {

class Cloud;

// Returns the answer to GET `path`; 404 if the path is unknown. Use from the event loop's thread
// only.
HttpResponse ToolsAnswer(Cloud& cloud, const std::string& path);

}  // namespace localcloud
