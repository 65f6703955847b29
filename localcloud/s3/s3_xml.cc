#include "localcloud/s3/s3_xml.h"

namespace localcloud {

HttpResponse S3Answer(const XmlWriter& xml) {
  HttpResponse response;
  response.content_type = "application/xml";
  response.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + xml.text();
  return response;
}

}  // namespace localcloud
