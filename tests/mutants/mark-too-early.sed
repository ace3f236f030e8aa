# writer.c: a block is marked finished before its last page is programmed
/status = write_page(p, start, used);/i\
        if (last) {\
            uint8_t keep[4096];\
            memcpy(keep, p->page, used);\
            (void)dfp_journal_mark(p, order + 1);\
            memcpy(p->page, keep, used);\
        }
