# Writes OUTPUT, a header with the revision being built. Does not touch the file if nothing changed.
cmake_minimum_required(VERSION 3.25)
execute_process(
  COMMAND git describe --always --dirty --abbrev=12
  WORKING_DIRECTORY ${SOURCE_DIR}
  OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE
  ERROR_QUIET RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  set(revision "unknown")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#pragma once\n#define LAUNCH_BENCH_GIT_REVISION \"@revision@\"\n" @ONLY)
