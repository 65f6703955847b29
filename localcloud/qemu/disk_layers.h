// The files of a machine's disk: a qcow2 overlay, and the layers below it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "localcloud/loop/owned_fd.h"

namespace localcloud {

struct DiskLayer {
  std::string path;
  std::string format;  // "qcow2" or "raw"
  OwnedFd fd;          // of the overlay: for reading and writing; of the others: for reading only
};

// Opens the qcow2 file `disk`, the file that it is based on, and so on, from the top down.
//
// QEMU can write the overlay with all its headers, and a guest may have taken QEMU over. What the
// overlay says it is based on is therefore believed only if it lies below one of
// `base_places`: these, and all files there, must belong to this process's user alone.
// Throws std::runtime_error, with one line that names the file.
std::vector<DiskLayer> OpenDiskLayers(const std::string& disk,
                                      const std::vector<std::string>& base_places);

}  // namespace localcloud
