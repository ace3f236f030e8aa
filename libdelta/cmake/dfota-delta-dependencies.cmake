find_dependency(BearSSL)
find_dependency(Divsufsort)
find_dependency(ZLIB)
