# journal.c: a record says of one block too many that it is finished
/dfp_record_put(p, REC_FINISHED,/{n;s/p->finished/(p->finished + 1)/;}
