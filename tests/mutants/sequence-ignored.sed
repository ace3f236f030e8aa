# journal.c: the half that was written last is always taken for the first one
s/rec\[1\]\[REC_SEQUENCE\] - rec\[0\]\[REC_SEQUENCE\] < 0x80000000u/0/
