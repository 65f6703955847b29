// S3 uploads in chunks (Content-Encoding: aws-chunked), as Signature Version 4's "Transferring
// payload in multiple chunks" describes them.
#pragma once

#include "localcloud/http/http_message.h"
#include "localcloud/http/sigv4.h"

namespace localcloud {

// Whether X-Amz-Content-Sha256 announces a body in chunks.
bool IsChunked(const HttpRequest& request);

// Replaces the body by what its chunks hold, and adds the trailer's headers to the request's. The
// signatures of chunks and trailer are verified, if the request announces any; a trailer's checksum
// is kept like one that came in a header, and not compared. Requires: VerifySignature() found the
// request valid for `key`. Throws ApiError: SignatureDoesNotMatch, IncompleteBody, or
// NotImplemented for a kind of chunks that is not known, by its name.
void DecodeChunks(HttpRequest* request, const AccessKey& key);

}  // namespace localcloud
