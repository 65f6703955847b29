# A layer is made of rooms: folders, each a library of its own. A room's sources can include the headers of their own room and
# of the rooms that it sees, and no others: each room has an include directory that holds nothing but a link to its folder.
#
#   add_room(localcloud/http SEES localcloud/loop LIBRARIES fmt::fmt)
#
# makes lb_localcloud_http of localcloud/http/*.cc. SEES: the rooms whose headers it includes; who sees a room sees what that
# room sees. LIBRARIES: of the system; its own headers do not need them. OBJECTS: every object goes into each program, for
# files that nobody names because they register themselves.
function(add_room room)
  cmake_parse_arguments(ROOM "OBJECTS" "" "SEES;LIBRARIES;SOURCES" ${ARGN})
  string(REPLACE / _ name ${room})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${room}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/(main|launcher)\\.cc$")  # programs
  set(kind STATIC)
  set(scope PUBLIC)
  if(NOT sources)
    set(kind INTERFACE)
    set(scope INTERFACE)
  elseif(ROOM_OBJECTS)
    set(kind OBJECT)
  endif()
  add_library(lb_${name} ${kind} ${sources} ${ROOM_SOURCES})

  set(root ${CMAKE_BINARY_DIR}/rooms/${name})
  get_filename_component(parent ${root}/${room} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${room} ${root}/${room} SYMBOLIC)
  target_include_directories(lb_${name} ${scope} ${root})
  foreach(seen IN LISTS ROOM_SEES)
    string(REPLACE / _ seen ${seen})
    target_link_libraries(lb_${name} ${scope} lb_${seen})
  endforeach()
  if(NOT kind STREQUAL INTERFACE)
    target_link_libraries(lb_${name} PRIVATE ${ROOM_LIBRARIES} fmt::fmt Threads::Threads)
    precompile_headers_of_room(lb_${name})
  endif()
endfunction()
