# Compiler options that make memory errors harder to exploit. OpenSSF explains each:
# https://best.openssf.org/Compiler-Hardening-Guides. Not used with sanitizers, which check more and do not support
# _FORTIFY_SOURCE. tests/scripts/hardening_test checks the binaries.
include(CheckCXXCompilerFlag)
include(CheckPIESupported)

check_pie_supported(LANGUAGES CXX)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Level 3 also checks objects whose size is known only at run time. glibc before 2.34 treats it as 2.
set(fortify_level 3)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
  set(fortify_level 2)
endif()
# It requires an optimised build. Ubuntu's compilers define a level themselves, hence -U.
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
