# Debian's SOCI brings no CMake package: its libraries as targets.
find_path(SOCI_INCLUDE soci/soci.h REQUIRED)
find_path(POSTGRESQL_INCLUDE libpq-fe.h PATH_SUFFIXES postgresql REQUIRED)
foreach(part core sqlite3 postgresql)
  find_library(SOCI_${part} soci_${part} REQUIRED)
  add_library(SOCI::soci_${part} UNKNOWN IMPORTED)
  set_target_properties(SOCI::soci_${part} PROPERTIES IMPORTED_LOCATION ${SOCI_${part}} INTERFACE_INCLUDE_DIRECTORIES "${SOCI_INCLUDE};${POSTGRESQL_INCLUDE}")
endforeach()
