# Rules for cmake --install (GNU directories) and cpack -G DEB. Manual pages and completions are made from each program's
# --help.
include(GNUInstallDirs)

set(programs launch_bench launch_compare)
if(LAUNCH_BENCH_LOCALCLOUD)
  list(APPEND programs localcloud)
endif()
install(TARGETS ${programs} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs FILES_MATCHING PATTERN "*.md" PATTERN "*.svg")

set(launch_bench_summary "measure how long it takes to get a usable cloud machine")
set(launch_compare_summary "compare benchmark runs")
set(localcloud_summary "serve an EC2-compatible cloud on this machine")
find_program(HELP2MAN_PROGRAM help2man)
set(generated "")
foreach(program IN LISTS programs)
  set(completion ${CMAKE_BINARY_DIR}/completions/${program})
  add_custom_command(OUTPUT ${completion}
    COMMAND ${CMAKE_SOURCE_DIR}/cmake/bash_completion.sh $<TARGET_FILE:${program}> ${completion}
    DEPENDS ${program} ${CMAKE_SOURCE_DIR}/cmake/bash_completion.sh VERBATIM)
  list(APPEND generated ${completion})
  install(FILES ${completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  if(HELP2MAN_PROGRAM)
    set(page ${CMAKE_BINARY_DIR}/man/${program}.1)
    add_custom_command(OUTPUT ${page}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/man
      COMMAND ${HELP2MAN_PROGRAM} --no-info --no-discard-stderr --version-string=${PROJECT_VERSION}
              --name=${${program}_summary} --output=${page} $<TARGET_FILE:${program}>
      DEPENDS ${program} VERBATIM)
    list(APPEND generated ${page})
    install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  endif()
endforeach()
add_custom_target(package_files DEPENDS ${generated})

set(CPACK_PACKAGE_NAME launch-bench)
set(CPACK_PACKAGE_CONTACT "launch_bench developers <launch_bench@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Measures how long it takes to get a usable cloud machine")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "bubblewrap, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_STRIP_FILES ON)
include(CPack)
