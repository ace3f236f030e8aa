find_dependency(BearSSL)
find_dependency(Divsufsort)
find_dependency(Libelf)
find_dependency(ZLIB)
