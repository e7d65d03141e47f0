# lw_embed(target namespace file...): each file's text as `extern const std::string_view NAME` (its name with _ for .), in the target.
function(lw_embed target namespace)
  foreach(path ${ARGN})
    get_filename_component(file ${path} NAME)
    string(REPLACE "." "_" name ${file})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${path})
    file(READ ${CMAKE_SOURCE_DIR}/${path} LW_TEXT)
    set(out ${CMAKE_BINARY_DIR}/embedded/${name}.cc)
    file(CONFIGURE OUTPUT ${out} @ONLY CONTENT
"#include <string_view>
namespace ${namespace} {
extern const std::string_view ${name};
const std::string_view ${name} = R\"embedded_(@LW_TEXT@)embedded_\";
}
")
    target_sources(${target} PRIVATE ${out})
  endforeach()
endfunction()
