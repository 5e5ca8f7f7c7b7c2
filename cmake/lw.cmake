# The house rules of the build: one line per module, one per program, one per folder of tests.
include(GNUInstallDirs)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

option(LW_FUZZ "build the fuzz targets with libFuzzer" OFF)
option(LW_COVERAGE "measure line coverage" OFF)
set(LW_SANITIZE "" CACHE STRING "sanitizers, as for -fsanitize=")

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

# Asserts stay on in every build: an impossible input must not be carried on with.
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELWITHDEBINFO "${CMAKE_C_FLAGS_RELWITHDEBINFO}")
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(lw_flags INTERFACE)
target_compile_definitions(lw_flags INTERFACE _GNU_SOURCE LW_VERSION="${PROJECT_VERSION}")
target_compile_options(lw_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
  -Wundef -Wpointer-arith -Wwrite-strings -Wformat=2 -Werror -fstack-protector-strong)
# A snprintf that cuts is safe and often meant; gcc warns of it at -O2 only.
target_compile_options(lw_flags INTERFACE $<$<C_COMPILER_ID:Clang>:-Wno-string-concatenation;-Wno-sign-conversion>
  $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation>)
target_compile_options(lw_flags INTERFACE $<$<CONFIG:RelWithDebInfo>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>)
target_include_directories(lw_flags INTERFACE ${CMAKE_SOURCE_DIR})
# What nobody calls is left out, and relocations are packed: an agent's memory is counted in pages.
include(CheckLinkerFlag)
check_linker_flag(C -Wl,-z,pack-relative-relocs LW_PACK_RELOCATIONS)
target_compile_options(lw_flags INTERFACE $<$<CONFIG:RelWithDebInfo>:-ffunction-sections;-fdata-sections>)
target_link_options(lw_flags INTERFACE $<$<CONFIG:RelWithDebInfo>:LINKER:--gc-sections>
  $<$<BOOL:${LW_PACK_RELOCATIONS}>:LINKER:-z,pack-relative-relocs>)
if(LW_SANITIZE)
  target_compile_options(lw_flags INTERFACE -fsanitize=${LW_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(lw_flags INTERFACE -fsanitize=${LW_SANITIZE})
endif()
if(LW_FUZZ)
  target_compile_options(lw_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(LW_COVERAGE)
  target_compile_options(lw_flags INTERFACE --coverage)
  target_link_options(lw_flags INTERFACE --coverage)
endif()

# lw_pkg(UV libuv): the imported target is PkgConfig::UV, its headers are system headers.
macro(lw_pkg var)
  pkg_check_modules(${var} REQUIRED IMPORTED_TARGET GLOBAL ${ARGN})
endmacro()
lw_pkg(UV libuv)
lw_pkg(PROTOBUFC libprotobuf-c)
lw_pkg(MOSQUITTO libmosquitto)
lw_pkg(SSL openssl)
lw_pkg(CYAML libcyaml)
lw_pkg(YAML yaml-0.1)
lw_pkg(JANSSON jansson)
lw_pkg(SQLITE sqlite3)
lw_pkg(ZSTD libzstd)
lw_pkg(SODIUM libsodium)
lw_pkg(MHD libmicrohttpd)
lw_pkg(CURL libcurl)
lw_pkg(UDEV libudev)
lw_pkg(SYSTEMD libsystemd)

# lw_module(NAME [PURE] [LINK ...]): every .c of this folder as the static library NAME.
# A PURE module may link PURE modules only (and libm): no clock, no socket, no loop.
function(lw_module name)
  cmake_parse_arguments(M "PURE" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  list(FILTER sources EXCLUDE REGEX "/main\\.c$")
  if(NOT sources)
    message(FATAL_ERROR "${name}: no .c file in ${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC lw_flags ${M_LINK})
  set_target_properties(${name} PROPERTIES LW_PURE "${M_PURE}" LINKER_LANGUAGE C)
  if(M_PURE)
    foreach(other IN LISTS M_LINK)
      if(other STREQUAL "m")
        continue()
      endif()
      get_target_property(pure ${other} LW_PURE)
      if(NOT pure)
        message(FATAL_ERROR "${name} is PURE and must not link ${other}")
      endif()
    endforeach()
  endif()
endfunction()

# lw_program(NAME SOURCE ... LINK ...): a program in bin/, packaged as the component of its name
# (linewatch-agent: agent; linewatch itself: cli).
function(lw_program name)
  cmake_parse_arguments(P "NOINSTALL" "" "LINK" ${ARGN})
  add_executable(${name} ${P_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE lw_flags ${P_LINK})
  if(NOT P_NOINSTALL)
    string(REGEX REPLACE "^linewatch-?" "" component ${name})
    if(NOT component)
      set(component cli)
    endif()
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT ${component})
  endif()
endfunction()

# After so many seconds a test hangs. It is no bound on speed: sanitizers, a slow machine and other work
# may make a test fifty times slower.
set(LW_HANGS_S 900)

# lw_tests(LABEL LINK ...): each test_*.c of this folder is a Criterion program and a ctest.
function(lw_tests label)
  cmake_parse_arguments(T "" "" "LINK" ${ARGN})
  pkg_check_modules(CRITERION REQUIRED IMPORTED_TARGET criterion)
  if(LW_SANITIZE MATCHES "thread" OR LW_FUZZ)
    return() # Criterion does not start under TSan: thread tests are plain programs
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/test_*.c)
  file(GLOB rig CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/rig.c) # what its tests share
  foreach(source IN LISTS sources)
    get_filename_component(test ${source} NAME_WE)
    get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
    set(target ${folder}_${test})
    add_executable(${target} ${source} ${rig})
    if(LW_SANITIZE MATCHES "address")
      target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests/lib/lsan.c)
    endif()
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    target_compile_definitions(${target} PRIVATE LW_SOURCE_DIR="${CMAKE_SOURCE_DIR}" LW_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
    target_link_libraries(${target} PRIVATE lw_flags PkgConfig::CRITERION ${T_LINK})
    add_test(NAME ${target} COMMAND ${target} -j2)
    set_tests_properties(${target} PROPERTIES LABELS ${label} TIMEOUT ${LW_HANGS_S}
      FAIL_REGULAR_EXPRESSION "ERROR: (Leak|Address|Undefined)Sanitizer;runtime error:")
  endforeach()
endfunction()

# lw_fuzz(NAME LINK ...): fuzz_NAME.c of this folder. Without LW_FUZZ it is a program that runs
# its seeds once (a ctest); with LW_FUZZ it is a libFuzzer target in fuzz/.
function(lw_fuzz name)
  cmake_parse_arguments(F "" "" "LINK" ${ARGN})
  if(LW_SANITIZE MATCHES "thread")
    return()
  endif()
  set(target fuzz_${name})
  if(LW_FUZZ)
    add_executable(${target} fuzz_${name}.c)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    if(NOT TARGET fuzzers)
      add_custom_target(fuzzers)
    endif()
    add_dependencies(fuzzers ${target})
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  else()
    add_executable(${target} fuzz_${name}.c ${CMAKE_SOURCE_DIR}/tests/fuzz/run_seeds.c)
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${target} COMMAND ${target} ${CMAKE_CURRENT_SOURCE_DIR}/seeds/${name})
    set_tests_properties(${target} PROPERTIES LABELS fuzz TIMEOUT ${LW_HANGS_S})
  endif()
  target_link_libraries(${target} PRIVATE lw_flags ${F_LINK})
endfunction()

# lw_lazy(NAME SONAME so HEADERS h... FROM imported-targets... SYMBOLS names...): the library
# lw_lazy_NAME, whose header lazy_NAME.h stands in for these and loads `so` at the first use of one of
# the names (common/lazy/lazy.h). The package must name the library: nothing links it.
function(lw_lazy name)
  cmake_parse_arguments(Z "" "SONAME" "HEADERS;FROM;SYMBOLS" ${ARGN})
  set(includes "")
  foreach(header IN LISTS Z_HEADERS)
    string(APPEND includes "#include \"${header}\"\n")
  endforeach()
  set(fields "")
  set(texts "")
  set(defines "")
  foreach(symbol IN LISTS Z_SYMBOLS)
    string(APPEND fields "\t__typeof__(&${symbol}) ${symbol};\n")
    string(APPEND texts "\t\"${symbol}\",\n")
    string(APPEND defines "#undef ${symbol}\n#define ${symbol} (*lazy_${name}()->${symbol})\n")
  endforeach()
  set(dir ${CMAKE_CURRENT_BINARY_DIR}/lazy)
  file(CONFIGURE OUTPUT ${dir}/lazy_${name}.h @ONLY CONTENT [[#ifndef LAZY_@name@_H
#define LAZY_@name@_H
@includes@struct lazy_@name@ {
@fields@};
const struct lazy_@name@ *lazy_@name@(void);
void lazy_@name@_unload(void);
@defines@#endif
]])
  file(CONFIGURE OUTPUT ${dir}/lazy_${name}.c @ONLY CONTENT [[#include "lazy_@name@.h"
#include "common/lazy/lazy.h"
static const char *const names[] = {
@texts@};
enum { N = sizeof names / sizeof *names };
static union {
	void *symbols[N];
	struct lazy_@name@ functions;
} table;
_Static_assert(sizeof table == sizeof table.symbols, "one pointer for each name");
static struct lazy_library library = { "@Z_SONAME@", names, table.symbols, N, 0, 0 };
const struct lazy_@name@ *lazy_@name@(void)
{
	lazy_load(&library);
	return &table.functions;
}
void lazy_@name@_unload(void)
{
	lazy_unload(&library);
}
]])
  add_library(lw_lazy_${name} STATIC ${dir}/lazy_${name}.c)
  target_include_directories(lw_lazy_${name} PUBLIC ${dir})
  foreach(from IN LISTS Z_FROM)
    target_include_directories(lw_lazy_${name} SYSTEM PUBLIC $<TARGET_PROPERTY:${from},INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
  target_link_libraries(lw_lazy_${name} PUBLIC lw_flags lw_lazy)
endfunction()
