# What Debian's policy asks of files in a package, done to the trees that cpack
# is about to pack.
if(NOT CPACK_GENERATOR STREQUAL DEB)
  return()
endif()

# As many bytes whenever it runs: TIMESTAMP goes by SOURCE_DATE_EPOCH.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(GLOB docs ${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/doc/*)
foreach(doc IN LISTS docs)
  file(RENAME ${doc}/LICENSE ${doc}/copyright)
  file(RENAME ${doc}/CHANGELOG.md ${doc}/NEWS)
  file(WRITE ${doc}/changelog "\
${CPACK_PACKAGE_NAME} (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * See NEWS.gz.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
endforeach()

set(share ${CPACK_TEMPORARY_DIRECTORY}/*/usr/share)
file(GLOB plain ${share}/man/man1/*.1 ${share}/doc/*/NEWS
  ${share}/doc/*/changelog)
foreach(file IN LISTS plain)
  execute_process(COMMAND gzip -9nf ${file} COMMAND_ERROR_IS_FATAL ANY)
endforeach()

if(DEFINED ENV{SOURCE_DATE_EPOCH})
  execute_process(COMMAND find ${CPACK_TEMPORARY_DIRECTORY} -exec
    touch -hd @$ENV{SOURCE_DATE_EPOCH} {} + COMMAND_ERROR_IS_FATAL ANY)
endif()
