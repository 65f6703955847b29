# A layer is made of rooms: folders, each with its own library. A room's sources can include the headers of their own room
# and of the rooms that it sees, and no others. For this, each room has an include directory that holds only a link to its
# folder.
#
#   add_room(localcloud/http SEES localcloud/loop LIBRARIES fmt::fmt)
#
# makes the library lb_localcloud_http from localcloud/http/*.cc.
#   SEES       the rooms whose headers it includes, and transitively the rooms that those see
#   LIBRARIES  system libraries; the room's own headers must not need them
#   OBJECTS    links every object into each program, for files that register themselves and are not referenced otherwise
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
