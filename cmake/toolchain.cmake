# What every target is built with. Bytes of output must not depend on the machine: no -march=native, no contraction.
# Frame pointers serve profilers and sanitizers; a release does without them, about 2 % faster.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Werror
                    -ffp-contract=off $<$<NOT:$<CONFIG:Release>>:-fno-omit-frame-pointer>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these falsely in optimised std::string and std::vector code.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds -Wno-dangling-pointer)
else()
  # clang++ 19 reports libstdc++ 12's own use of std::get_temporary_buffer in std::stable_sort.
  add_compile_options(-Wno-deprecated-declarations)
endif()
if(LW_SANITIZE)
  add_compile_options(-fsanitize=${LW_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${LW_SANITIZE})
endif()
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD AND NOT LW_FUZZ)
  add_link_options(-fuse-ld=mold)
endif()
