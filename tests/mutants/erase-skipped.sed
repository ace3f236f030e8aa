# writer.c: a block that seems to be erased is not erased again
s/^\( *\)status = dfp_flash_erase(p, DFP_NEW, start);/\
    uint8_t first;\
    status = dfp_flash_read(p, DFP_NEW, start, \&first, 1);\
    if (status == DFP_OK \&\& first != 0xFF)\
        status = dfp_flash_erase(p, DFP_NEW, start);/
