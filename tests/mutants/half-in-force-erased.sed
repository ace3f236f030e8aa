# journal.c: a new record is written over the one in force
s/uint32_t half = p->journal.half ^ 1u;/uint32_t half = p->journal.half;/
