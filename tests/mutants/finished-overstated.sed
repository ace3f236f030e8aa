# journal.c: a record says of one block too many that it is finished
s/^\( *rec\[REC_FINISHED\] =\) p->finished/\1 (p->finished + 1)/
