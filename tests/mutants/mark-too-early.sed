# writer.c: a block is marked finished before its last page is programmed
/memset(p->page + used, 0xFF, page - used);/i\
        if ((start + page) % config->new_erase_size == 0) {\
            uint8_t keep[4096];\
            memcpy(keep, p->page, page);\
            status = dfp_journal_mark(p, block + 1);\
            memcpy(p->page, keep, page);\
        }
