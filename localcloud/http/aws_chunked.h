// Decodes S3 uploads in chunks (Content-Encoding: aws-chunked; S3 API reference, "Transferring
// payload in multiple chunks").
#pragma once

#include "localcloud/http/http_message.h"
#include "localcloud/http/sigv4.h"

namespace localcloud {

// Returns true if X-Amz-Content-Sha256 announces a body in chunks.
bool IsChunked(const HttpRequest& request);

// Replaces the body by the content of its chunks, and adds the trailer's headers to the request's
// headers. Verifies the signatures of the chunks and of the trailer if the request announces any.
// Keeps a checksum from the trailer like one from a header, without comparing it. Requires:
// VerifySignature() found the request valid for `key`. Throws ApiError: SignatureDoesNotMatch,
// IncompleteBody, or NotImplemented (with the name) for an unknown kind of chunks.
void DecodeChunks(HttpRequest* request, const AccessKey& key);

}  // namespace localcloud
