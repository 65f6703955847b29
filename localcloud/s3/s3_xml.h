// What S3's XML answers have in common. Internal to this room.
#pragma once

#include "localcloud/http/http_message.h"
#include "localcloud/http/xml_writer.h"

namespace localcloud {

inline constexpr const char* kS3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

HttpResponse S3Answer(const XmlWriter& xml);

}  // namespace localcloud
