# Most of a build is parsing headers. Presets reduce it in two ways.
#
# Unity builds (CMAKE_UNITY_BUILD; all presets except dev) compile a dozen files of a room as one, in a third of the time.
# So a room's files share their anonymous namespaces: a helper's name is free only once in a room. dev compiles each file by
# itself: quicker after a small change, and it finds files that do not include what they use.
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  add_compile_options(-Wno-subobject-linkage)  # GCC takes the files for headers
endif()

# Precompiled headers: a target parses the headers of the standard library, fmt and the test libraries once. Each file must
# still include what it uses; CMAKE_DISABLE_PRECOMPILE_HEADERS=ON finds files that do not.
function(precompile_headers target)
  target_precompile_headers(${target} PRIVATE ${ARGN} <fmt/format.h>
    <algorithm> <chrono> <filesystem> <fstream> <functional> <map> <memory> <mutex> <set> <string> <thread> <vector>)
endfunction()

# For a room's library: all rooms share the precompiled header of one target. Only in Debug builds, because with
# optimisation GCC 12 warns about its own headers once they are precompiled (-Wrestrict), and not in unity builds, where it
# costs more than it saves.
function(precompile_headers_of_room target)
  if(CMAKE_UNITY_BUILD OR NOT CMAKE_BUILD_TYPE STREQUAL Debug)
    return()
  endif()
  if(NOT TARGET precompiled_headers)
    file(WRITE ${CMAKE_BINARY_DIR}/precompiled_headers.cc "")
    add_library(precompiled_headers STATIC ${CMAKE_BINARY_DIR}/precompiled_headers.cc)
    target_link_libraries(precompiled_headers PRIVATE fmt::fmt Threads::Threads)
    target_compile_definitions(precompiled_headers PRIVATE _FILE_OFFSET_BITS=64)
    precompile_headers(precompiled_headers)
  endif()
  # hiredis defines this for its users, and all targets that share a precompiled header need the same definitions.
  target_compile_definitions(${target} PRIVATE _FILE_OFFSET_BITS=64)
  target_precompile_headers(${target} REUSE_FROM precompiled_headers)
endfunction()
