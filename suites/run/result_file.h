// Writes the results file of a run completely, or leaves the earlier file in place.
#pragma once

#include <string>
#include <string_view>

namespace suites {

// Writes `text` to `path`. A regular file is replaced atomically after all of `text` is on the
// disk. A device, a pipe, standard output and standard error are written directly. Does not wait
// for a FIFO's reader: it is an error if there is none. Throws std::system_error, which names
// `path`.
void WriteResultFile(const std::string& path, const std::string& text);

// Throws UsageError if `path` is a directory or a socket, which cannot be written.
void RefuseDirectoryOrSocket(const std::string& path);

// Creates the file at `path`, empty, if there is none. Throws UsageError if it cannot be written;
// the message names `flags`, with which the user can name another.
void RequireWritable(const std::string& path, std::string_view flags);

// Removes a regular file that is empty, which would look like results. Never removes a link, such
// as /dev/stdout.
void RemoveIfEmpty(const std::string& path);

// Returns true if `path` exists and is not a regular file, or is a standard stream of this process.
// Then no second file can be created next to it.
bool IsStream(const std::string& path);

}  // namespace suites
