# libdelta.so.0: the same code; libdelta.map says what of it is seen outside.
set(DELTA_SOVERSION 0)
set(map ${CMAKE_CURRENT_SOURCE_DIR}/libdelta.map)

add_library(delta_shared SHARED $<TARGET_OBJECTS:delta_objects>)
add_library(dfota::delta_shared ALIAS delta_shared)
set_target_properties(delta_shared PROPERTIES
  OUTPUT_NAME delta
  VERSION ${DELTA_SOVERSION}.${PROJECT_VERSION_MINOR}.${PROJECT_VERSION_PATCH}
  SOVERSION ${DELTA_SOVERSION}
  LINK_DEPENDS ${map})
target_include_directories(delta_shared PUBLIC
  $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_options(delta_shared PRIVATE LINKER:--version-script=${map})
# Those who link it need none of these.
target_link_libraries(delta_shared PRIVATE
  "$<BUILD_INTERFACE:dfota_patcher;${libraries}>")

if(DFOTA_INSTALL)
  install(TARGETS delta_shared EXPORT dfota-delta_shared
    LIBRARY COMPONENT library NAMELINK_COMPONENT development)
  install(EXPORT dfota-delta_shared NAMESPACE dfota::
    DESTINATION ${DFOTA_CMAKE_DIR} COMPONENT development)
endif()
