# Reading the headers of the standard library, of fmt and of test libraries takes half of a build without optimisation: here a
# target reads them once. Each file still includes what it uses; CMAKE_DISABLE_PRECOMPILE_HEADERS=ON shows one that does not.
function(precompile_headers target)
  target_precompile_headers(${target} PRIVATE ${ARGN} <fmt/format.h>
    <algorithm> <chrono> <filesystem> <fstream> <functional> <map> <memory> <mutex> <set> <string> <thread> <vector>)
endfunction()

# For a layer's library. With optimisation, GCC 12 warns of its own headers once they are precompiled (-Wrestrict).
function(precompile_headers_of_layer target)
  if(CMAKE_BUILD_TYPE STREQUAL Debug)
    precompile_headers(${target})
  endif()
endfunction()
