# What makes a memory error of ours harder to use: https://best.openssf.org/Compiler-Hardening-Guides (OpenSSF) explains each.
# Not with sanitizers, which check the same and more, and do not go with _FORTIFY_SOURCE. tests/scripts/hardening_test
# checks the binaries.
include(CheckCXXCompilerFlag)
include(CheckPIESupported)

check_pie_supported(LANGUAGES CXX)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Level 3 also checks objects whose size is known at run time only. glibc takes it for 2 where it is older than 2.34.
set(fortify_level 3)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
  set(fortify_level 2)
endif()
# It needs an optimised build. Ubuntu's compilers define a level themselves.
add_compile_options("$<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=${fortify_level}>")
add_compile_definitions(_GLIBCXX_ASSERTIONS)

foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full)
  string(MAKE_C_IDENTIFIER "HAS${flag}" has_flag)
  check_cxx_compiler_flag(${flag} ${has_flag})
  if(${has_flag})
    add_compile_options(${flag})
  endif()
endforeach()
add_link_options(LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack)
