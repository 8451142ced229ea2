# SPDX-License-Identifier: Apache-2.0
# cmake --toolchain .../lib/unishyper/unishyper.cmake [-DUNISHYPER_ARCH=riscv64] [-DUNISHYPER_FEATURES="fs symbols"]
set(UNISHYPER_ARCH aarch64 CACHE STRING "The ISA of the image")
set(UNISHYPER_FEATURES posix CACHE STRING "The parts of Unishyper in the image")
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES UNISHYPER_ARCH UNISHYPER_FEATURES)

get_filename_component(unishyper_prefix "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
list(APPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}/cmake")

set(CMAKE_SYSTEM_NAME Unishyper)
set(CMAKE_SYSTEM_PROCESSOR "${UNISHYPER_ARCH}")
set(CMAKE_C_COMPILER "${unishyper_prefix}/bin/uk-cc")
# One word without blanks, whatever separates them
string(REGEX REPLACE "[ ;]+" "," unishyper_features "${UNISHYPER_FEATURES}")
set(CMAKE_C_FLAGS_INIT "--arch=${UNISHYPER_ARCH} --features=${unishyper_features}")
set(CMAKE_ASM_FLAGS_INIT "${CMAKE_C_FLAGS_INIT}")
foreach(tool AR RANLIB NM OBJCOPY OBJDUMP STRIP)
    string(TOLOWER "${tool}" name)
    set(CMAKE_${tool} "${UNISHYPER_ARCH}-linux-gnu-${name}")
endforeach()

# Programs made for Unishyper run in QEMU, for tests too. Nothing of the building machine is taken for a library of theirs.
set(CMAKE_CROSSCOMPILING_EMULATOR "${unishyper_prefix}/bin/uk-run")
list(APPEND CMAKE_FIND_ROOT_PATH "${CMAKE_CURRENT_LIST_DIR}/${UNISHYPER_ARCH}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
