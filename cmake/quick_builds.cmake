# Reading the headers of the standard library, of fmt and of test libraries takes half of a build without optimisation: here a
# target reads them once. Each file still includes what it uses; CMAKE_DISABLE_PRECOMPILE_HEADERS=ON shows one that does not.
function(precompile_headers target)
  target_precompile_headers(${target} PRIVATE ${ARGN} <fmt/format.h>
    <algorithm> <chrono> <filesystem> <fstream> <functional> <map> <memory> <mutex> <set> <string> <thread> <vector>)
endfunction()

# For a room's library: all share what one target has read. With optimisation, GCC 12 warns of its own headers once they are
# precompiled (-Wrestrict).
function(precompile_headers_of_room target)
  if(NOT CMAKE_BUILD_TYPE STREQUAL Debug)
    return()
  endif()
  if(NOT TARGET precompiled_headers)
    file(WRITE ${CMAKE_BINARY_DIR}/precompiled_headers.cc "")
    add_library(precompiled_headers STATIC ${CMAKE_BINARY_DIR}/precompiled_headers.cc)
    target_link_libraries(precompiled_headers PRIVATE fmt::fmt Threads::Threads)
    target_compile_definitions(precompiled_headers PRIVATE _FILE_OFFSET_BITS=64)
    precompile_headers(precompiled_headers)
  endif()
  # hiredis defines it for those who use it, and what is shared must be compiled alike.
  target_compile_definitions(${target} PRIVATE _FILE_OFFSET_BITS=64)
  target_precompile_headers(${target} REUSE_FROM precompiled_headers)
endfunction()
