# journal.c: after a resume marks go on behind the last one that can be seen
s/p->journal.slots = 0;/p->journal.slots = dfp_record_get(p, REC_MARKS);/
s/^        make_mark(p, slot, dfc_get32(found), wanted);/\
        if (dfc_get32(found) != 0xFFFFFFFFu) {\
            p->journal.slot = slot + 1;\
        }\
&/
