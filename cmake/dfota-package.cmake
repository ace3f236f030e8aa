# dfota_add_package: update packages as part of a firmware project's build.
#
#   dfota_add_package(NAME app FROM releases/*.bin TO app.elf)
#
# Makes one package for each old image, again only when that image, the new
# one, the key, the layout or mkdfota has changed, and a target NAME of all of
# them, which is part of ALL. The target's property DFOTA_PACKAGES lists them.
#
#   NAME name             the target; packages are <old image>_to_<name>.dfota
#   FROM pattern...       old images, as of file(GLOB); a new file that matches
#                         is found by the next build
#   TO image              new image: a target, $<TARGET_FILE:target> or a file
#   OBJCOPY               the target TO as raw image <name>.bin, by objcopy,
#                         where old images are raw ones of it
#   OUTPUT_DIRECTORY dir  default: the current binary directory
#   EXCLUDE_FROM_ALL      only when asked for
#   FROM_VERSION regex    the version of an old image: the first group of this
#                         in its name
#   PRODUCT, TO_VERSION, COUNTER, KEY, CODEC, RAM, LAYOUT, FORMAT, ARCH, BASE,
#   SCRATCH, ERASE_BLOCK, each with a value, and IN_PLACE: the options of
#                         mkdfota of these names; see mkdfota(1)
#   OPTIONS option...     more options of mkdfota, as they are
#
# mkdfota is the target dfota::mkdfota, or the program that the variable
# DFOTA_MKDFOTA names.

# The program and the file that packages depend on.
function(_dfota_mkdfota result)
  if(DFOTA_MKDFOTA)
    set(${result} ${DFOTA_MKDFOTA} PARENT_SCOPE)
    return()
  endif()
  if(NOT TARGET dfota::mkdfota)
    message(FATAL_ERROR "dfota_add_package: there is no target dfota::mkdfota; "
      "ask find_package for component tools, switch DFOTA_BUILD_CLI on, or set "
      "DFOTA_MKDFOTA to the program")
  endif()
  get_target_property(imported dfota::mkdfota IMPORTED)
  if(CMAKE_CROSSCOMPILING AND NOT imported)
    message(FATAL_ERROR "dfota_add_package: mkdfota is built for "
      "${CMAKE_SYSTEM_NAME} here; set DFOTA_MKDFOTA to one for this machine")
  endif()
  set(${result} $<TARGET_FILE:dfota::mkdfota> PARENT_SCOPE)
endfunction()

# Files that the patterns of FROM match.
function(_dfota_old_images result name)
  set(images "")
  foreach(pattern IN LISTS ARGN)
    file(GLOB found CONFIGURE_DEPENDS ${pattern})
    if(NOT found)
      message(FATAL_ERROR
        "dfota_add_package(NAME ${name}): FROM: no file is ${pattern}")
    endif()
    list(APPEND images ${found})
  endforeach()
  list(REMOVE_DUPLICATES images)
  set(${result} ${images} PARENT_SCOPE)
endfunction()

# The new image as a file, made by objcopy if that is wanted.
function(_dfota_new_image result name to objcopy directory)
  set(target "")
  if(TARGET "${to}")
    set(target ${to})
    set(file $<TARGET_FILE:${to}>)
  elseif("${to}" MATCHES "^\\$<")
    set(file ${to})
  else()
    cmake_path(ABSOLUTE_PATH to OUTPUT_VARIABLE file)
  endif()
  if(objcopy)
    if(NOT target)
      message(FATAL_ERROR "dfota_add_package(NAME ${name}): OBJCOPY: "
        "TO is not a target (found ${to})")
    endif()
    if(NOT CMAKE_OBJCOPY)
      message(FATAL_ERROR "dfota_add_package(NAME ${name}): OBJCOPY: "
        "CMAKE_OBJCOPY does not name the program")
    endif()
    set(binary ${directory}/${name}.bin)
    add_custom_command(OUTPUT ${binary}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${directory}
      COMMAND ${CMAKE_OBJCOPY} -O binary ${file} ${binary}
      DEPENDS ${file}
      COMMENT "Raw image ${name}.bin"
      VERBATIM)
    set(file ${binary})
  endif()
  set(${result} ${file} PARENT_SCOPE)
endfunction()

# The version in an old image's name, as an option; nothing without a regex.
function(_dfota_from_version result name regex stem)
  set(${result} "" PARENT_SCOPE)
  if(NOT regex STREQUAL "")
    if(NOT stem MATCHES "${regex}" OR CMAKE_MATCH_1 STREQUAL "")
      message(FATAL_ERROR "dfota_add_package(NAME ${name}): FROM_VERSION: "
        "\"${regex}\" finds no version in ${stem}")
    endif()
    set(${result} --from-version ${CMAKE_MATCH_1} PARENT_SCOPE)
  endif()
endfunction()

function(dfota_add_package)
  set(values PRODUCT TO_VERSION COUNTER KEY CODEC RAM LAYOUT FORMAT ARCH BASE
    SCRATCH ERASE_BLOCK)
  set(named NAME TO OUTPUT_DIRECTORY FROM_VERSION ${values})
  cmake_parse_arguments(PARSE_ARGV 0 arg "IN_PLACE;OBJCOPY;EXCLUDE_FROM_ALL"
    "${named}" "FROM;OPTIONS")
  set(who "dfota_add_package(NAME ${arg_NAME})")
  if(DEFINED arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${who}: unknown option ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(DEFINED arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "${who}: no value for ${arg_KEYWORDS_MISSING_VALUES}")
  endif()
  foreach(needed NAME FROM TO)
    if(NOT DEFINED arg_${needed})
      message(FATAL_ERROR "${who}: ${needed} is missing")
    endif()
  endforeach()

  if(NOT DEFINED arg_OUTPUT_DIRECTORY)
    set(arg_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
  endif()
  cmake_path(ABSOLUTE_PATH arg_OUTPUT_DIRECTORY
    BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})

  set(options ${arg_OPTIONS})
  set(inputs "")
  foreach(file KEY LAYOUT)
    if(DEFINED arg_${file})
      cmake_path(ABSOLUTE_PATH arg_${file})
      list(APPEND inputs ${arg_${file}})
    endif()
  endforeach()
  foreach(value IN LISTS values)
    if(DEFINED arg_${value})
      string(TOLOWER --${value} option)
      string(REPLACE _ - option ${option})
      list(APPEND options ${option} ${arg_${value}})
    endif()
  endforeach()
  if(arg_IN_PLACE)
    list(APPEND options --in-place)
  endif()

  _dfota_mkdfota(mkdfota)
  _dfota_old_images(images ${arg_NAME} ${arg_FROM})
  _dfota_new_image(new ${arg_NAME} "${arg_TO}" ${arg_OBJCOPY}
    ${arg_OUTPUT_DIRECTORY})

  set(packages "")
  foreach(old IN LISTS images)
    cmake_path(GET old STEM LAST_ONLY stem)
    set(package ${arg_OUTPUT_DIRECTORY}/${stem}_to_${arg_NAME}.dfota)
    if(package IN_LIST packages)
      message(FATAL_ERROR "${who}: FROM: two images are named ${stem}")
    endif()
    _dfota_from_version(version ${arg_NAME} "${arg_FROM_VERSION}" ${stem})
    add_custom_command(OUTPUT ${package}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${arg_OUTPUT_DIRECTORY}
      COMMAND ${mkdfota} make -qf ${old} ${new} -o ${package}
        ${options} ${version}
      DEPENDS ${mkdfota} ${old} ${new} ${inputs}
      COMMENT "Package ${stem}_to_${arg_NAME}.dfota"
      VERBATIM)
    list(APPEND packages ${package})
  endforeach()

  set(all ALL)
  if(arg_EXCLUDE_FROM_ALL)
    set(all "")
  endif()
  add_custom_target(${arg_NAME} ${all} DEPENDS ${packages})
  set_target_properties(${arg_NAME} PROPERTIES DFOTA_PACKAGES "${packages}")
endfunction()
