# Makes a C file of files: cmake -DOUTPUT=FILE -DNAME=SYMBOL -DFILES=LIST -P
# embed.cmake. It defines `const struct embedded_file SYMBOL[]`, see embedded.h.
set(names "")
set(arrays "")
set(number 0)
foreach(path IN LISTS FILES)
  cmake_path(GET path FILENAME name)
  file(READ ${path} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays
    "static const unsigned char file_${number}[] = {${bytes}0};\n")
  string(APPEND names
    "    {\"${name}\", file_${number}, sizeof(file_${number}) - 1},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT}
  "#include \"embedded.h\"\n${arrays}"
  "const struct embedded_file ${NAME}[] = {\n${names}    {0, 0, 0},\n};\n")
